import type { AuditChain, AuditEventPage } from '@countersign/api'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { auditEvents } from '../../audit/audit-list.tsx'
import { usePreference } from '../../preferences.ts'
import { useSession } from '../../session/session.tsx'
import { count, counted } from '../../ui/numbers.ts'
import { StateIcon, type StateShape } from '../../ui/state-icon.tsx'
import { Time } from '../../ui/time.tsx'
import { clockTime } from '../../ui/times.ts'

/** Whether the log is whole, by the server's last check; for operators. */
export function ChainStatus() {
  const { call } = useSession()
  const query = useInfiniteQuery(auditEvents(call, true, {}))
  const first = query.data?.pages[0]
  const chain = first && 'chain' in first ? (first as AuditEventPage).chain : undefined
  return <div className="mb-4 min-h-6">{chain && <Chain chain={chain} />}</div>
}

function Chain({ chain }: { readonly chain: AuditChain }) {
  const [zone] = usePreference('times')
  const { state, events, broken_at: brokenAt = 0, head, published_to: published } = chain
  if (state === 'broken') {
    return (
      <Line shape="revoked" tone="text-bad-graphic" text="text-bad">
        {chain.fault === 'head_differs'
          ? 'Broken: the log is not the one that the last published head was signed for.'
          : `Broken at event ${count(brokenAt)}: its hash does not follow from ${count(brokenAt - 1)}.`}{' '}
        <code className="font-mono text-mono">countersign audit verify</code>
      </Line>
    )
  }
  return (
    <div className="space-y-1">
      {state === 'unchecked' ? (
        <Line shape="expired" tone="text-off-graphic" text="text-muted">
          Not checked since{' '}
          {chain.checked_at === undefined ? 'this server started' : <Time at={chain.checked_at} mode="full" />}
        </Line>
      ) : (
        <Line shape="active" tone="text-ok-graphic" text="text-ok">
          Chain whole
          <span className="text-muted">
            {counted(events, 'event')}
            {head && ` · head signed ${clockTime(head.at, zone)}`}
            {published.length > 0 && ` · published to ${published.join(' and ')}`}
          </span>
        </Line>
      )}
      {published.length === 0 && (
        <Line shape="attention" tone="text-warn-graphic" text="text-warn">
          No head is published outside the database: a cut-off tail could not be seen.
        </Line>
      )}
    </div>
  )
}

interface LineProps {
  readonly shape: StateShape
  readonly tone: string
  readonly text: string
  readonly children: ReactNode
}

function Line({ shape, tone, text, children }: LineProps) {
  return (
    <p className={`flex flex-wrap items-center gap-2 ${text}`}>
      <StateIcon shape={shape} className={tone} />
      {children}
    </p>
  )
}
