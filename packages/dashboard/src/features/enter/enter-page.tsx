import { deployment } from '../../deployment.ts'
import { linkCode } from '../../session/link-code.ts'
import type { StoredSession } from '../../session/session-store.ts'
import { Refusal } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { useDocumentTitle } from '../../ui/page-header.tsx'
import { CentredPanel } from '../../ui/panel.tsx'
import { ConfirmSignIn } from './confirm-sign-in.tsx'
import { Message } from './message.tsx'
import { NoLink } from './no-link.tsx'
import { useLink } from './use-link.ts'

interface EnterPageProps {
  /** Who is signed in to this browser already. */
  readonly current: StoredSession | undefined
  readonly onSignedIn: (session: StoredSession) => void
}

/** Where a sign-in link leads: shows the account first, and signs in on a click. */
export function EnterPage({ current, onSignedIn }: EnterPageProps) {
  useDocumentTitle('Sign in')
  const { link, retry, decline } = useLink()
  if (!globalThis.isSecureContext) {
    return <Message title="This page needs HTTPS">Browsers make signing keys only over HTTPS or on localhost.</Message>
  }
  if (!('indexedDB' in globalThis) || globalThis.indexedDB === null) {
    return <Message title="This browser cannot keep a key">Leave private browsing, or allow site storage.</Message>
  }
  switch (link.kind) {
    case 'usable':
      return (
        <ConfirmSignIn
          code={link.code}
          preview={link.preview}
          current={current}
          onDeclined={decline}
          onSignedIn={(session) => {
            linkCode.current = undefined
            onSignedIn(session)
          }}
        />
      )
    case 'failed':
      return <NotChecked error={link.error} onRetry={retry} />
    case 'loading':
      return <LoadingPanel />
    case 'no_code':
      return <NoLink />
    case 'unknown':
      return <UnknownLink />
    case 'declined':
      return (
        <Message title="Nothing was signed in">
          Nothing was signed in. The link still works until it ends: if you did not expect it, tell your operator.
        </Message>
      )
    case 'used':
      return (
        <Message title="This link was already used">
          A link works once. If it was not you, ask your operator to end the other session, then for a new link.
        </Message>
      )
    case 'expired':
      return <Message title="This link has expired">Links last ten minutes. Ask for a new one.</Message>
  }
}

function NotChecked({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  return (
    <CentredPanel
      title="The link could not be checked"
      actions={
        <Button kind="filled" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      <Refusal error={error} />
      <p className="mt-4 text-muted">The link is kept in this page until it is closed.</p>
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
