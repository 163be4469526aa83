import type {
  AccountAuditEvent,
  AccountAuditEventPage,
  AccountAuditQuery,
  AuditEventPage,
  AuditQuery,
  NamedBrowser,
} from '@countersign/api'
import type { Denied, Principal } from '@countersign/gate'
import type { ChainedEvent } from '@countersign/protocol'
import type { Kysely } from 'kysely'
import { type AuditFilters, listAuditEvents } from '../storage/audit-events.ts'
import { findKeyNames } from '../storage/names.ts'
import type { Schema } from '../storage/schema.ts'
import type { ActionContext } from './context.ts'
import { refuse } from './key-request.ts'
import { readChoiceQuery, readPageQuery, readTimeQuery, refuseUnstorable } from './page-query.ts'

/** A page of the whole log, for operators. */
export async function auditEvents(
  { database }: ActionContext,
  query: AuditQuery,
): Promise<Pick<AuditEventPage, 'events' | 'browsers' | 'next_cursor'> | Denied> {
  const order = readChoiceQuery('order', query.order, ['newest', 'oldest']) ?? 'newest'
  if (typeof order === 'object') return order
  const page = readPage(query)
  if ('denied' in page) return page
  const filters = readFilters(query)
  if ('denied' in filters) return filters
  const { events, hasMore } = await listAuditEvents(database.reader, filters, { ...page, order })
  // The answer is exactly what was hashed. The schema describes it; types cannot describe JSON from the database.
  const told = events as unknown as AuditEventPage['events']
  return { events: told, browsers: await browsersIn(database.reader, told), next_cursor: cursorAfter(events, hasMore) }
}

/** A page of the changes of the caller's account, newest first. */
export async function accountAuditEvents(
  { database }: ActionContext,
  { accountId }: Principal,
  query: AccountAuditQuery,
): Promise<AccountAuditEventPage | Denied> {
  const page = readPage(query)
  if ('denied' in page) return page
  const filters = readFilters(query)
  if ('denied' in filters) return filters
  const own = { ...filters, accountId }
  const { events, hasMore } = await listAuditEvents(database.reader, own, { ...page, order: 'newest' })
  const told = events.map((event) => forHolder(event as unknown as AuditEventPage['events'][number]))
  return { events: told, browsers: await browsersIn(database.reader, told), next_cursor: cursorAfter(events, hasMore) }
}

/** The signed-in browsers that made these changes, by name. Hidden fields of the events stay hidden. */
async function browsersIn(db: Kysely<Schema>, events: readonly AccountAuditEvent[]): Promise<NamedBrowser[]> {
  const actors = new Set(events.flatMap(({ actor }) => actor.api_key_id ?? []))
  const names = await findKeyNames(db, [...actors])
  return [...names].flatMap(([id, { name, isBrowser }]) => (isBrowser ? { api_key_id: id, name } : []))
}

/** A customer does not see which operator acted, or the provider's notes about the customer. */
function forHolder({ hash: _, previous_hash: __, ...event }: AuditEventPage['events'][number]): AccountAuditEvent {
  const isByProvider = event.actor.type === 'operator' || event.actor.type === 'command'
  const actor = isByProvider ? { type: event.actor.type } : event.actor
  const { before, after, reason, ...told } = event
  const isOfAccount = event.action.startsWith('account.')
  const hidden = isOfAccount ? ['made_by_operator', 'metadata'] : ['made_by_operator']
  return {
    ...told,
    actor,
    before: before && without(hidden, before),
    after: after && without(hidden, after),
    reason: isOfAccount ? undefined : reason,
  }
}

function without(names: readonly string[], facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !names.includes(name)))
}

function readPage(query: AccountAuditQuery): { readonly limit: number; readonly after?: number } | Denied {
  const page = readPageQuery({ limit: query.limit })
  if ('denied' in page) return page
  if (query.cursor === undefined) return { limit: page.limit }
  const after = readCursor(query.cursor)
  return after === undefined ? refuse('cursor', 'is none that this server gave') : { limit: page.limit, after }
}

function readFilters(query: AuditQuery): AuditFilters | Denied {
  const unstorable = refuseUnstorable(query)
  if (unstorable) return unstorable
  const actorType = readChoiceQuery('actor_type', query.actor_type, ACTOR_TYPES)
  if (typeof actorType === 'object') return actorType
  const fromMs = readTimeQuery('from', query.from)
  if (typeof fromMs === 'object') return fromMs
  const toMs = readTimeQuery('to', query.to)
  if (typeof toMs === 'object') return toMs
  const { account_id: accountId, api_key_id: apiKeyId, actor_key_id: actorKeyId, action } = query
  return {
    accountId,
    apiKeyId,
    actorKeyId,
    actorType,
    action,
    fromMs,
    toMs,
  }
}

const ACTOR_TYPES = ['account', 'operator', 'proof', 'link', 'command', 'server'] as const

function cursorAfter(events: readonly ChainedEvent[], hasMore: boolean): string | undefined {
  const last = events.at(-1)
  return hasMore && last ? Buffer.from(`${last.seq}`).toString('base64url') : undefined
}

function readCursor(cursor: string): number | undefined {
  const text = /^[A-Za-z0-9_-]{1,24}$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString('latin1') : ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
