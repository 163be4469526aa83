import type { Refusal } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { REFUSALS } from '@countersign/protocol'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Call } from '../../api/connection.ts'
import type { UsageSpan } from '../../api/usage.ts'
import { usePreference } from '../../preferences.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, Section } from '../../ui/blocks.tsx'
import { wordsOfCode } from '../../ui/refusal-words.ts'
import { SignedTextDiff } from '../../ui/signed-text-diff.tsx'
import { Time } from '../../ui/time.tsx'
import { clockTime, dateOf } from '../../ui/times.ts'
import { UsageBlock } from '../../usage/usage-block.tsx'

const route = getRouteApi('/keys/$id/')

/** Usage of a key, and the refusals that came from its holder. */
export function KeyOverview() {
  const { isOperator } = useSession()
  const { id } = route.useParams()
  const { step = 'day' } = route.useSearch()
  const navigate = useNavigate({ from: '/keys/$id' })
  return (
    <div className="space-y-6">
      <UsageBlock
        of={{ key: id, isOperator }}
        span={step === 'hour' || step === 'week' ? step : 'day'}
        spans={['hour', 'day', 'week']}
        onSpan={(next: UsageSpan) => navigate({ search: { step: next }, replace: true, resetScroll: false })}
      />
      <Refusals id={id} />
    </div>
  )
}

function refusals(call: Call, isOperator: boolean, id: string) {
  return queryOptions({
    queryKey: ['refusals', id],
    queryFn: () => call(isOperator ? calls.listAnyRefusals : calls.listRefusals, { params: { api_key: id } }),
    refetchInterval: 15_000,
  })
}

function Refusals({ id }: { readonly id: string }) {
  const { call, isOperator } = useSession()
  const [zone] = usePreference('times')
  const query = useQuery(refusals(call, isOperator, id))
  const since = query.data && `${dateOf(query.data.since, Date.now(), zone)} ${clockTime(query.data.since, zone)}`
  return (
    <Section
      title="Refusals that came from this key's holder"
      aside={since && <span className="text-small text-muted">last 50 since {since}, on this node</span>}
    >
      <Loaded query={query} what="Refusals" skeleton={<div className="skeleton h-24" />}>
        {({ refusals: rows }) =>
          rows.length === 0 ? (
            <p className="text-muted">
              None since {since}.{' '}
              <Link to="/doctor" className="rounded-chip text-ink underline hover:text-ink-hover">
                Check a request in the doctor
              </Link>
            </p>
          ) : (
            <ul className="divide-y divide-line">
              {rows.map((row, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: refusals have no id of their own
                <RefusalRow key={`${row.at}-${i}`} row={row} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <p className="mt-4 max-w-[68ch] text-small text-muted">
        Anyone can send your key id, so requests whose signature proves nothing are not shown or counted here.
      </p>
    </Section>
  )
}

function RefusalRow({ row }: { readonly row: Refusal }) {
  const [isOpen, setOpen] = useState(false)
  const { signed_text: signed, expected_text: expected, hint } = row.diagnosis ?? {}
  const words = wordsOfCode(row.code)
  const hasDiff = signed !== undefined && expected !== undefined
  return (
    <li className="py-3 first:pt-0">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <Time at={row.at} mode="clock" />
        <span className="font-mono text-mono font-medium">{wireCode(row.code)}</span>
        <span className="min-w-0 font-mono text-mono break-all text-muted">
          {row.method} {row.path}
        </span>
        <span className="font-mono text-mono text-muted">{row.ip}</span>
      </div>
      <p className="mt-1">
        {hint ?? `${words.title}. ${row.details ? `${row.details}. ` : ''}${words.fix ?? ''}`}{' '}
        {hasDiff && (
          <button
            type="button"
            aria-expanded={isOpen}
            className="rounded-chip text-ink underline hover:text-ink-hover"
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? 'Hide the difference' : 'Show the difference'}
          </button>
        )}
      </p>
      {isOpen && hasDiff && (
        <div className="mt-3">
          <SignedTextDiff signed={signed} expected={expected} />
        </div>
      )}
    </li>
  )
}

/** A refusal as its sender saw it. */
function wireCode(name: string): string {
  const rows: Readonly<Record<string, { readonly code: string; readonly details?: string }>> = REFUSALS
  const row = rows[name]
  return row?.details ?? row?.code ?? name
}
