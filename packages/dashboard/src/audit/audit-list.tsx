import type { AccountAuditEvent, AccountAuditEventPage } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Call } from '../api/connection.ts'
import { withoutEmpty } from '../api/without-empty.ts'
import { useSession } from '../session/session.tsx'
import { LoadError } from '../ui/blocks.tsx'
import { Button } from '../ui/button.tsx'
import { shortId } from '../ui/ids.ts'
import { Time } from '../ui/time.tsx'

/** What narrows the events, by the names of the wire. */
export interface AuditFilters {
  readonly action?: string
  readonly actor_type?: string
  readonly api_key_id?: string
  readonly account_id?: string
  readonly from?: string
  readonly to?: string
}

/** Audit events page by page, newest first; operators' with the status of the chain. */
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
      {query.hasNextPage && (
        <div className="border-t border-line p-3 text-center">
          <Button onClick={() => query.fetchNextPage()} disabled={query.isFetchingNextPage}>
            Load older
          </Button>
        </div>
      )}
    </div>
  )
}

function EventRow({ event, browser }: { readonly event: AccountAuditEvent; readonly browser: string | undefined }) {
  const { isOperator } = useSession()
  const [isOpen, setOpen] = useState(false)
  const isOfKey = event.api_key_id !== undefined && !event.action.startsWith('session.')
  const hasFacts = event.before !== undefined || event.after !== undefined
  const name = nameIn(event.after) ?? nameIn(event.before)
  return (
    <li className="px-4 py-3 sm:px-6">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="w-28 text-muted">
          <Time at={event.at} />
        </span>
        <span className="font-mono text-mono font-medium">{event.action}</span>
        {isOfKey && event.api_key_id && (
          <span className="min-w-0">
            {name !== undefined && <bdi className="break-words">{name} </bdi>}
            <Link
              to="/keys/$id"
              params={{ id: event.api_key_id }}
              className="rounded-chip font-mono text-mono text-ink underline hover:text-ink-hover"
              title={event.api_key_id}
            >
              {shortId(event.api_key_id)}
            </Link>
          </span>
        )}
        {!isOfKey && name !== undefined && <bdi className="min-w-0 break-words">{name}</bdi>}
        {isOperator && !isOfKey && event.account_id && (
          <Link
            to="/accounts/$id"
            params={{ id: event.account_id }}
            className="rounded-chip font-mono text-mono text-ink underline hover:text-ink-hover"
            title={event.account_id}
          >
            {shortId(event.account_id)}
          </Link>
        )}
        <span className="min-w-0 text-muted">
          {actorWords(event.actor, browser)}
          {event.actor.ip && (
            <>
              {' '}
              from <span className="font-mono text-mono">{event.actor.ip}</span>
            </>
          )}
        </span>
        {event.reason !== undefined && <span className="min-w-0 break-words">"{event.reason}"</span>}
        {hasFacts && (
          <button
            type="button"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            className="ml-auto min-h-6 rounded-chip text-ink hover:text-ink-hover"
          >
            {isOpen ? 'hide' : 'before / after'}
          </button>
        )}
      </div>
      {isOpen && (
        <div className="mt-3 grid gap-3 sm:grid-cols-2">
          <Facts title="Before" facts={event.before} />
          <Facts title="After" facts={event.after} />
        </div>
      )}
    </li>
  )
}

function Facts({ title, facts }: { readonly title: string; readonly facts: unknown }) {
  return (
    <div className="min-w-0">
      <h4 className="text-small font-medium text-muted">{title}</h4>
      <pre
        tabIndex={0}
        role="group"
        aria-label={title}
        className="mt-1 overflow-x-auto rounded-control bg-sunken p-3 font-mono text-small"
      >
        {facts === undefined ? 'nothing' : JSON.stringify(facts, null, 2)}
      </pre>
    </div>
  )
}

/** "by operator 3f0b6f0e", "by browser Chrome on macOS": who it was, by what is proven of them. */
function actorWords(actor: AccountAuditEvent['actor'], browser: string | undefined): string {
  if (browser !== undefined)
    return actor.type === 'operator' ? `by operator, browser ${browser}` : `by browser ${browser}`
  const key = actor.api_key_id === undefined ? '' : ` ${shortId(actor.api_key_id)}`
  switch (actor.type) {
    case 'account':
      return `by key${key}`
    case 'operator':
      return `by operator${key}`
    case 'proof':
      return 'by proof of possession'
    case 'link':
      return 'by a sign-in link'
    case 'command':
      return 'by a command on the database'
    default:
      return 'by the server'
  }
}

function nameIn(facts: unknown): string | undefined {
  if (typeof facts !== 'object' || facts === null || !('name' in facts)) return undefined
  return typeof facts.name === 'string' ? facts.name : undefined
}
