import type { ApiKeyDetails } from '@countersign/api'
import { Link, Outlet } from '@tanstack/react-router'
import { badgeOf, keyTypeWords } from '../../keys/key-words.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded } from '../../ui/blocks.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy-field.tsx'
import { groupedFingerprint } from '../../ui/ids.ts'
import { KeyMark } from '../../ui/key-mark.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useIsOneTimeScreen } from '../../ui/one-time.ts'
import { useDocumentTitle } from '../../ui/page-header.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TabLinks } from '../../ui/tabs.tsx'
import { Time } from '../../ui/time.tsx'
import { useKey } from './use-key.ts'

/** One key: who it is, and its parts. */
export function KeyPage() {
  const query = useKey()
  const { account } = useSession()
  const isAlone = useIsOneTimeScreen()
  useDocumentTitle(query.data?.name ?? 'Key', query.data?.account_name ?? account.name)
  return (
    <Loaded query={query} what="The key" skeleton={<HeaderSpace />}>
      {(key) => (
        <>
          {!isAlone && <Header row={key} />}
          {!isAlone && (
            <TabLinks
              label="Parts of the key"
              tabs={[
                { label: 'Overview', link: { to: '/keys/$id', params: { id: key.api_key_id } }, isExact: true },
                { label: 'Rotation', link: { to: '/keys/$id/rotation', params: { id: key.api_key_id } } },
                { label: 'Settings', link: { to: '/keys/$id/settings', params: { id: key.api_key_id } } },
                { label: 'Audit', link: { to: '/keys/$id/audit', params: { id: key.api_key_id } } },
              ]}
            />
          )}
          <Outlet />
        </>
      )}
    </Loaded>
  )
}

function Header({ row }: { readonly row: ApiKeyDetails }) {
  const { may, isOperator } = useSession()
  const isOver = row.state === 'revoked' || row.state === 'expired'
  const canRotate = !isOver && !isOperator && row.rotation === undefined && may('write')
  return (
    <header className="mb-6">
      <div className="flex flex-wrap items-start gap-x-5 gap-y-4">
        <KeyMark fingerprint={row.fingerprint} size={64} />
        <div className="min-w-0 flex-1 basis-44">
          <h1 id="page-title" tabIndex={-1} className="text-display break-words">
            <bdi dir="auto">{row.name}</bdi>
          </h1>
          <p className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1">
            <StateBadge state={badgeOf(row)} />
            <span className="text-muted">{keyTypeWords(row)}</span>
            <span className="min-w-0 font-mono text-mono break-words text-muted">{row.scopes.join(', ')}</span>
            {row.subaccount !== undefined && <span className="text-muted">sub-account {row.subaccount}</span>}
          </p>
        </div>
        {canRotate && (
          <Link to="/keys/$id/rotation" params={{ id: row.api_key_id }} className={buttonClass('quiet')}>
            Rotate key
          </Link>
        )}
      </div>
      <dl className="mt-4 grid gap-x-6 gap-y-1 sm:grid-cols-[auto_1fr]">
        {isOperator && (
          <>
            <dt className="text-muted">Account</dt>
            <dd className="min-w-0 truncate">
              <Link
                to="/accounts/$id"
                params={{ id: row.account_id }}
                className="rounded-chip text-ink underline hover:text-ink-hover"
              >
                <bdi>{row.account_name}</bdi>
              </Link>
              {row.external_id && <span className="ml-2 font-mono text-mono text-muted">{row.external_id}</span>}
            </dd>
          </>
        )}
        <dt className="text-muted">Key id</dt>
        <dd className="min-w-0">
          <CopyField value={row.api_key_id} label="key id" />
        </dd>
        <dt className="text-muted">Fingerprint</dt>
        <dd className="min-w-0">
          <CopyField value={row.fingerprint} label="fingerprint" short={groupedFingerprint(row.fingerprint)} />
        </dd>
        <dt className="text-muted">Last used</dt>
        <dd>
          {row.last_used_at === undefined ? (
            'never'
          ) : (
            <>
              <Time at={row.last_used_at} note="At most a minute late." />
              {row.last_used_ip && (
                <>
                  {' '}
                  from <span className="font-mono text-mono">{row.last_used_ip}</span>
                </>
              )}
            </>
          )}
        </dd>
        <dt className="text-muted">Made</dt>
        <dd>
          <Time at={row.created_at} />
        </dd>
        <dt className="text-muted">Expires</dt>
        <dd>{row.expires_at === undefined ? 'never' : <Time at={row.expires_at} mode="full" />}</dd>
      </dl>
      <Ending row={row} />
    </header>
  )
}

/** Why a key no longer works. */
function Ending({ row }: { readonly row: ApiKeyDetails }) {
  if (row.state === 'revoked') {
    return (
      <div className="mt-4">
        <Notice tone="bad" title="Revoked for good">
          Reason: {REASONS[row.revoked_reason ?? ''] ?? row.revoked_reason ?? 'unknown'}
          {row.revoked_note && `, "${row.revoked_note}"`}
          {row.revoked_at !== undefined && (
            <>
              , <Time at={row.revoked_at} mode="full" />
            </>
          )}
          .
        </Notice>
      </div>
    )
  }
  if (row.state === 'expired' && row.expires_at !== undefined) {
    return (
      <div className="mt-4">
        <Notice tone="warn" title="Expired">
          Its requests are refused since <Time at={row.expires_at} mode="full" />. Make a new key.
        </Notice>
      </div>
    )
  }
  if (row.state === 'disabled') {
    return (
      <div className="mt-4">
        <Notice tone="info" title="Disabled">
          {row.disabled_by === 'operator'
            ? 'An operator disabled it, and only an operator enables it again.'
            : 'Its requests are refused until it is enabled under Settings.'}
        </Notice>
      </div>
    )
  }
  return null
}

const REASONS: Readonly<Record<string, string>> = {
  key_compromise: 'compromised',
  superseded: 'replaced',
  unspecified: 'other',
}

function HeaderSpace() {
  return (
    <div className="space-y-4">
      <div className="flex gap-5">
        <span className="skeleton size-16 rounded-full" />
        <div className="grow space-y-2">
          <span className="skeleton block h-8 w-64" />
          <span className="skeleton block h-4 w-48" />
        </div>
      </div>
      <div className="skeleton h-32 w-full" />
      <div className="skeleton h-72 w-full" />
    </div>
  )
}
