import type { LinkPreview } from '@countersign/api'
import { ApiError } from '@countersign/client'
import { useEffect, useState } from 'react'
import { deployment, deploymentName } from '../../deployment.ts'
import { browserName } from '../../session/browser-name.ts'
import { linkCode } from '../../session/link-code.ts'
import type { StoredSession } from '../../session/session-store.ts'
import { previewLink, signIn } from '../../session/sign-in.ts'
import { Refusal } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useDocumentTitle } from '../../ui/page-header.tsx'
import { CentredPanel } from '../../ui/panel.tsx'
import { duration } from '../../ui/times.ts'
import { useNow } from '../../ui/use-now.ts'
import { NoLink } from './no-link.tsx'

interface EnterPageProps {
  /** Who is signed in to this browser already. */
  readonly current: StoredSession | undefined
  readonly onSignedIn: (session: StoredSession) => void
}

/** Where a sign-in link leads: shows the account first, and signs in on a click. */
export function EnterPage({ current, onSignedIn }: EnterPageProps) {
  useDocumentTitle('Sign in')
  const [code, setCode] = useState(linkCode.current)
  const [isDeclined, setDeclined] = useState(false)
  const [preview, setPreview] = useState<LinkPreview>()
  const [error, setError] = useState<Error>()
  const [attempt, setAttempt] = useState(0)

  // A link that is opened in the tab of a page that is open changes its address only.
  useEffect(() => {
    const take = () => {
      const next = location.hash.slice(1)
      if (next === '') return
      history.replaceState(history.state, '', location.pathname)
      linkCode.current = next
      setPreview(undefined)
      setDeclined(false)
      setCode(next)
    }
    addEventListener('hashchange', take)
    return () => removeEventListener('hashchange', take)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    if (code === undefined || !globalThis.isSecureContext) return undefined
    let isCurrent = true
    setError(undefined)
    previewLink(code).then(
      (answer) => isCurrent && setPreview(answer),
      (reason: Error) => isCurrent && setError(reason),
    )
    return () => {
      isCurrent = false
    }
  }, [code, attempt])

  if (!globalThis.isSecureContext) {
    return <Told title="This page needs HTTPS">Browsers make signing keys only over HTTPS or on localhost.</Told>
  }
  if (!('indexedDB' in globalThis) || globalThis.indexedDB === null) {
    return <Told title="This browser cannot keep a key">Leave private browsing, or allow site storage.</Told>
  }
  if (isDeclined) {
    return (
      <Told title="Nothing was signed in">
        Nothing was signed in. The link still works until it ends: if you did not expect it, tell your operator.
      </Told>
    )
  }
  if (code === undefined) return <NoLink />
  if (error) {
    const isInvalid = error instanceof ApiError && error.status === 400
    if (isInvalid) return <UnknownLink />
    return (
      <CentredPanel
        title="The link could not be checked"
        actions={
          <Button kind="filled" onClick={() => setAttempt(attempt + 1)}>
            Try again
          </Button>
        }
      >
        <Refusal error={error} />
        <p className="mt-4 text-muted">The link is kept in this page until it is closed.</p>
      </CentredPanel>
    )
  }
  if (!preview) return <LoadingPanel />
  if (preview.status === 'used') {
    return (
      <Told title="This link was already used">
        A link works once. If it was not you, ask your operator to end the other session, then for a new link.
      </Told>
    )
  }
  if (preview.status === 'expired') {
    return <Told title="This link has expired">Links last ten minutes. Ask for a new one.</Told>
  }
  if (preview.status === 'unknown') return <UnknownLink />
  return (
    <Confirm
      code={code}
      preview={preview}
      current={current}
      onDeclined={() => {
        linkCode.current = undefined
        setCode(undefined)
        setDeclined(true)
      }}
      onSignedIn={(session) => {
        linkCode.current = undefined
        onSignedIn(session)
      }}
    />
  )
}

interface ConfirmProps extends EnterPageProps {
  readonly code: string
  readonly preview: LinkPreview
  readonly onDeclined: () => void
}

function Confirm({ code, preview, current, onDeclined, onSignedIn }: ConfirmProps) {
  const { account, scopes = [], operator = false, expires_at: expiresAt = 0 } = preview
  const [name, setName] = useState(browserName)
  const [isRenaming, setRenaming] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const now = useNow(1000)
  const accountName = account?.name ?? ''

  const enter = async () => {
    setBusy(true)
    setError(undefined)
    try {
      onSignedIn(await signIn(code, preview, name))
    } catch (reason) {
      setError(reason as Error)
      setBusy(false)
    }
  }
  if (now >= expiresAt) return <Told title="This link has expired">Links last ten minutes. Ask for a new one.</Told>
  return (
    <CentredPanel
      title={`Sign in to ${accountName}?`}
      aside={deploymentName}
      actions={
        <>
          <Button kind="plain" onClick={onDeclined}>
            Not my account
          </Button>
          <Button kind="filled" onClick={enter} disabled={isBusy || name.trim() === ''}>
            {isBusy ? 'Making the key' : 'Sign in this browser'}
          </Button>
        </>
      }
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        <dt className="text-muted">Account</dt>
        <dd className="min-w-0 break-words">
          <bdi>{accountName}</bdi>
          {account?.external_id && <span className="font-mono text-mono text-muted"> · {account.external_id}</span>}
        </dd>
        <dt className="text-muted">This link may</dt>
        <dd className="font-mono text-mono">{scopes.join(', ')}</dd>
        <dt className="text-muted">Link ends</dt>
        <dd>in {duration(expiresAt - now)} · works once</dd>
        <dt className="text-muted">This browser</dt>
        <dd className="min-w-0">
          {isRenaming ? (
            <TextField
              label="Name of this browser"
              isLabelHidden
              maxLength={128}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          ) : (
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
          )}
        </dd>
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
        {error && <Refusal error={error} />}
      </div>
    </CentredPanel>
  )
}

function Told({ title, children }: { readonly title: string; readonly children: string }) {
  return (
    <CentredPanel title={title}>
      <p className="text-muted">{children}</p>
    </CentredPanel>
  )
}

function UnknownLink() {
  return (
    <CentredPanel title="This link is not valid here">
      <p className="text-muted">
        It may be cut off, or belong to another deployment (
        <span className="font-mono text-mono break-all">{deployment.deploymentId}</span>).
      </p>
    </CentredPanel>
  )
}

function LoadingPanel() {
  return (
    <CentredPanel title="Sign in">
      <div aria-busy="true" className="space-y-3">
        <span className="sr-only">Loading</span>
        {[80, 60, 70, 50].map((width) => (
          <span key={width} className="skeleton block h-4" style={{ width: `${width}%` }} />
        ))}
      </div>
    </CentredPanel>
  )
}
