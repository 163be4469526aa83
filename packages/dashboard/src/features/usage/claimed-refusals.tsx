import * as calls from '@countersign/api/calls'
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Call } from '../../api/connection.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, Section } from '../../ui/blocks.tsx'
import { count } from '../../ui/numbers.ts'
import { Time } from '../../ui/time.tsx'

function claimedRefusals(call: Call) {
  return queryOptions({
    queryKey: ['refusals', 'claimed'],
    queryFn: () => call(calls.listClaimedRefusals),
    refetchInterval: 15_000,
  })
}

/** Refusals that do not prove who sent the request, for operators. */
export function ClaimedRefusals() {
  const { call } = useSession()
  const query = useQuery(claimedRefusals(call))
  return (
    <Section
      title="Unproven refusals (claimed)"
      aside={
        query.data && (
          <span className="text-small text-muted">
            the last {count(query.data.capacity)} since <Time at={query.data.since} />
          </span>
        )
      }
    >
      <p className="mb-3 text-muted">The key id is what the sender claimed, not proof of who sent it.</p>
      <Loaded query={query} what="Refusals" skeleton={<div className="skeleton h-24" />}>
        {({ refusals }) =>
          refusals.length === 0 ? (
            <p className="text-muted">None so far.</p>
          ) : (
            <ul
              role="group"
              aria-label="Unproven refusals"
              tabIndex={0}
              className="max-h-96 divide-y divide-line overflow-y-auto"
            >
              {refusals.map((row, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: refusals have no id of their own
                <li key={`${row.at}-${i}`} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 py-2">
                  <Time at={row.at} mode="clock" />
                  <span className="font-mono text-mono font-medium">{row.code}</span>
                  <span className="min-w-0 font-mono text-mono break-all text-muted">
                    {row.method} {row.path}
                  </span>
                  <span className="font-mono text-mono text-muted">{row.ip}</span>
                  {row.claimed_api_key_id !== undefined && (
                    <span className="min-w-0 break-all text-muted">
                      claimed <span className="font-mono text-mono">{row.claimed_api_key_id}</span>
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  )
}
