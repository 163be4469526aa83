import * as calls from '@countersign/api/calls'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Call } from '../../api/connection.ts'
import { spanOf, type UsageSpan } from '../../api/usage.ts'
import { usePreference } from '../../preferences.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, Section } from '../../ui/blocks.tsx'
import { LINK } from '../../ui/link-class.ts'
import { clockTime, dateOf } from '../../ui/times.ts'
import { UsageBlock } from '../../usage/usage-block.tsx'
import { RefusalRow } from './refusal-row.tsx'

const route = getRouteApi('/keys/$id/')
const SPANS: readonly UsageSpan[] = ['hour', 'day', 'week']

/** Usage of a key, and the refusals that came from its holder. */
export function KeyOverview() {
  const { isOperator } = useSession()
  const { id } = route.useParams()
  const { step } = route.useSearch()
  const navigate = useNavigate({ from: '/keys/$id' })
  return (
    <div className="space-y-6">
      <UsageBlock
        of={{ key: id, isOperator }}
        span={spanOf(step, SPANS)}
        spans={SPANS}
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
      aside={since && <span className="text-small text-muted">last 50 since {since}</span>}
    >
      <Loaded query={query} what="Refusals" skeleton={<div className="skeleton h-24" />}>
        {({ refusals: rows }) =>
          rows.length === 0 ? (
            <p className="text-muted">
              None since {since}.{' '}
              <Link to="/doctor" className={LINK}>
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
