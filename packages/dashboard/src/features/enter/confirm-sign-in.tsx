import type { LinkPreview } from '@countersign/api'
import { useState } from 'react'
import { deploymentName } from '../../deployment.ts'
import { browserName } from '../../session/browser-name.ts'
import type { StoredSession } from '../../session/session-store.ts'
import { signIn } from '../../session/sign-in.ts'
import { Refusal } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { Fact } from '../../ui/fact.tsx'
import { TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { CentredPanel } from '../../ui/panel.tsx'
import { duration } from '../../ui/times.ts'
import { useNow } from '../../ui/use-now.ts'
import { useTask } from '../../ui/use-task.ts'
import { Message } from './message.tsx'

interface ConfirmSignInProps {
  readonly code: string
  readonly preview: LinkPreview
  readonly current: StoredSession | undefined
  readonly onDeclined: () => void
  readonly onSignedIn: (session: StoredSession) => void
}

/** Shows what a link gives, and signs this browser in on a click. */
export function ConfirmSignIn({ code, preview, current, onDeclined, onSignedIn }: ConfirmSignInProps) {
  const { account, scopes = [], operator = false, expires_at: expiresAt = 0 } = preview
  const [name, setName] = useState(browserName)
  const now = useNow(1000)
  const accountName = account?.name ?? ''
  const enter = useTask(async () => onSignedIn(await signIn(code, preview, name)))
  if (now >= expiresAt) {
    return <Message title="This link has expired">Links last ten minutes. Ask for a new one.</Message>
  }
  return (
    <CentredPanel
      title={`Sign in to ${accountName}?`}
      aside={deploymentName}
      actions={
        <>
          <Button kind="plain" onClick={onDeclined}>
            Not my account
          </Button>
          <Button kind="filled" onClick={enter.run} disabled={enter.isBusy || name.trim() === ''}>
            {enter.isBusy ? 'Making the key' : 'Sign in this browser'}
          </Button>
        </>
      }
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        <Fact name="Account" className="min-w-0 break-words">
          <bdi>{accountName}</bdi>
          {account?.external_id && <span className="font-mono text-mono text-muted"> · {account.external_id}</span>}
        </Fact>
        <Fact name="This link may" className="font-mono text-mono">
          {scopes.join(', ')}
        </Fact>
        <Fact name="Link ends">in {duration(expiresAt - now)} · works once</Fact>
        <Fact name="This browser" className="min-w-0">
          <BrowserName name={name} setName={setName} />
        </Fact>
      </dl>
      <div className="mt-6 space-y-3">
        {operator && <Notice tone="warn">This link gives operator powers over every account.</Notice>}
        {current && (
          <Notice tone="info">
            You are signed in to {current.account.name}. Signing in to {accountName} ends that session here.
          </Notice>
        )}
        <p className="text-muted">
          It makes its own key now. The key cannot leave this browser and ends in 8 hours. There is no password.
        </p>
        {enter.error && <Refusal error={enter.error} />}
      </div>
    </CentredPanel>
  )
}

function BrowserName({ name, setName }: { readonly name: string; readonly setName: (name: string) => void }) {
  const [isRenaming, setRenaming] = useState(false)
  if (isRenaming) {
    return (
      <TextField
        label="Name of this browser"
        isLabelHidden
        maxLength={128}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
    )
  }
  return (
    <>
      <bdi className="break-words">{name}</bdi>{' '}
      <button
        type="button"
        className="min-h-6 rounded-chip px-1 text-ink hover:text-ink-hover"
        onClick={() => setRenaming(true)}
      >
        rename
      </button>
    </>
  )
}
