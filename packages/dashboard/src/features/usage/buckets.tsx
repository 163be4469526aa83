import * as calls from '@countersign/api/calls'
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Call } from '../../api/connection.ts'
import { useSession } from '../../session/session.tsx'
import { Loaded, Section } from '../../ui/blocks.tsx'
import { count } from '../../ui/numbers.ts'

function limits(call: Call) {
  return queryOptions({ queryKey: ['limits'], queryFn: () => call(calls.getAccountLimits) })
}

/** The token buckets of the account's tier. */
export function Buckets() {
  const { call } = useSession()
  const query = useQuery(limits(call))
  return (
    <Section title="Buckets" aside={query.data && <span className="text-muted">tier {query.data.usage_tier}</span>}>
      <Loaded query={query} what="Buckets" skeleton={<div className="skeleton h-16" />}>
        {({ read, write }) => (
          <table className="w-full max-w-md text-right">
            <thead className="text-small text-muted">
              <tr>
                <th scope="col" className="py-1 text-left font-medium">
                  Bucket
                </th>
                <th scope="col" className="font-medium">
                  Holds
                </th>
                <th scope="col" className="font-medium">
                  Refill
                </th>
              </tr>
            </thead>
            <tbody>
              {[
                { name: 'read', ...read },
                { name: 'write', ...write },
              ].map(({ name, bucket_capacity: capacity, refill_rate: refill }) => (
                <tr key={name} className="border-t border-line">
                  <th scope="row" className="py-1.5 text-left font-mono text-mono font-normal">
                    {name}
                  </th>
                  <td>{count(capacity)} tokens</td>
                  <td>{count(refill)} a second</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </Section>
  )
}
