import type { AccountAuditEventPage } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import type { Call } from '../api/connection.ts'
import { withoutEmpty } from '../api/without-empty.ts'
import { useSession } from '../session/session.tsx'
import { LoadError } from '../ui/blocks.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { EventRow } from './event-row.tsx'

/** Filters of the events, by the API's names. */
export interface AuditFilters {
  readonly action?: string
  readonly actor_type?: string
  readonly api_key_id?: string
  readonly account_id?: string
  readonly from?: string
  readonly to?: string
}

/** Audit events page by page, newest first. For operators a page has the status of the chain. */
export function auditEvents(call: Call, isOperator: boolean, filters: AuditFilters) {
  return infiniteQueryOptions({
    queryKey: ['audit', filters],
    queryFn: ({ pageParam }) =>
      call(isOperator ? calls.listAuditEvents : calls.listAccountAuditEvents, {
        query: withoutEmpty({ ...filters, limit: '50', cursor: pageParam }),
      }),
    initialPageParam: '',
    getNextPageParam: (last: AccountAuditEventPage) => last.next_cursor,
  })
}

/** Audit events, newest first. */
export function AuditList({ filters }: { readonly filters: AuditFilters }) {
  const { call, isOperator } = useSession()
  const query = useInfiniteQuery(auditEvents(call, isOperator, filters))
  const events = query.data?.pages.flatMap((page) => page.events)
  const browsers = new Map(
    query.data?.pages.flatMap((page) => page.browsers.map(({ api_key_id: id, name }) => [id, name] as const)),
  )
  if (query.error && !events)
    return <LoadError error={query.error} what="Audit events" onRetry={() => query.refetch()} />
  return (
    <div className="rounded-panel border border-line bg-surface">
      {!events ? (
        <div aria-busy="true" className="divide-y divide-line">
          <span className="sr-only">Loading</span>
          {[0, 1, 2, 3, 4, 5].map((i) => (
            <div key={i} className="flex h-12 items-center px-4 sm:px-6">
              <span className="skeleton h-3 w-full" />
            </div>
          ))}
        </div>
      ) : events.length === 0 ? (
        <p className="p-6 text-center text-muted">No event matches.</p>
      ) : (
        <ul className="divide-y divide-line">
          {events.map((event) => (
            <EventRow key={event.seq} event={event} browser={browsers.get(event.actor.api_key_id ?? '')} />
          ))}
        </ul>
      )}
      <LoadMore query={query}>Load older</LoadMore>
    </div>
  )
}
