import type { ApiKeyDetails } from '@countersign/api'
import { Link } from '@tanstack/react-router'
import { badgeOf, keyTypeWords } from '../../keys/key-words.ts'
import { useSession } from '../../session/session.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy-field.tsx'
import { Fact } from '../../ui/fact.tsx'
import { groupedFingerprint } from '../../ui/ids.ts'
import { KeyMark } from '../../ui/key-mark.tsx'
import { LastUsed } from '../../ui/last-used.tsx'
import { LINK } from '../../ui/link-class.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { Time } from '../../ui/time.tsx'
import { KeyEnding } from './key-ending.tsx'

/** Who a key is: mark, name, state, and the facts about it. */
export function KeyHeader({ row }: { readonly row: ApiKeyDetails }) {
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
      <Facts row={row} />
      <div className="mt-4 empty:hidden">
        <KeyEnding row={row} />
      </div>
    </header>
  )
}

function Facts({ row }: { readonly row: ApiKeyDetails }) {
  const { isOperator } = useSession()
  return (
    <dl className="mt-4 grid gap-x-6 gap-y-1 sm:grid-cols-[auto_1fr]">
      {isOperator && (
        <Fact name="Account" className="min-w-0 truncate">
          <Link to="/accounts/$id" params={{ id: row.account_id }} className={LINK}>
            <bdi>{row.account_name}</bdi>
          </Link>
          {row.external_id && <span className="ml-2 font-mono text-mono text-muted">{row.external_id}</span>}
        </Fact>
      )}
      <Fact name="Key id" className="min-w-0">
        <CopyField value={row.api_key_id} label="key id" />
      </Fact>
      <Fact name="Fingerprint" className="min-w-0">
        <CopyField value={row.fingerprint} label="fingerprint" short={groupedFingerprint(row.fingerprint)} />
      </Fact>
      <Fact name="Last used">
        <LastUsed at={row.last_used_at} ip={row.last_used_ip} />
      </Fact>
      <Fact name="Made">
        <Time at={row.created_at} />
      </Fact>
      <Fact name="Expires">{row.expires_at === undefined ? 'never' : <Time at={row.expires_at} mode="full" />}</Fact>
    </dl>
  )
}
