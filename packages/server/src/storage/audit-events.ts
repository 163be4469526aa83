import { AUDIT_ACTIONS, type AuditAction } from '@countersign/api'
import { type ChainedEvent, type ChainPosition, canonicalJson, type Json } from '@countersign/protocol'
import type { Kysely, Selectable, Transaction } from 'kysely'
import { auditChargeOf } from './audit-quota.ts'
import { journalOf } from './commit-journal.ts'
import { readPortions, textBytes } from './pages.ts'
import type { AuditEventsTable, Schema } from './schema.ts'

/** The bytes of an event beside the changed fields: ids, addresses, hashes. */
const SHORT_FIELDS_BYTES = 500

/** Who changed something, and what proved it. */
export interface AuditActor {
  /**
   * `account`: a key of a customer signed the request. `operator`: a key with `admin` did. `proof`: the holder of the
   * private key itself. `link`: the user of a sign-in link. `command`: somebody with access to the database. `server`:
   * the server itself, because it was due.
   */
  readonly type: 'account' | 'operator' | 'proof' | 'link' | 'command' | 'server'
  /** The account and the key that signed; absent if no request was signed. */
  readonly accountId?: string
  readonly apiKeyId?: string
  /** The address of the request; absent if there was none. */
  readonly ip?: string
}

/** One change for the log. */
export interface AuditEntry {
  readonly action: AuditAction
  readonly actor: AuditActor
  /** The account that was changed, or whose key was; its holder sees the event. */
  readonly accountId?: string
  /** The key that was changed. */
  readonly apiKeyId?: string
  /** The changed fields as they were before, by their names on the wire. Absent = nothing was there. */
  readonly before?: Facts
  /** The same fields as they are now. Absent = nothing is there any more. */
  readonly after?: Facts
  /** The reason, in the actor's words or from a list. */
  readonly reason?: string
}

/** Fields by their names on the wire. They never hold key material: a key appears by its fingerprint. */
export type Facts = Readonly<Record<string, Json | undefined>>

/** An event of the log. */
export interface AuditEvent extends AuditEntry {
  /** Its place: 1, 2, 3, … in commit order. */
  readonly seq: number
  /** Unix milliseconds. */
  readonly at: number
  readonly previousHash: string
  readonly hash: string
}

/**
 * Adds an event to the journal of the transaction of its change. It is chained to the one before it at the commit.
 *
 * @param nowMs Unix milliseconds.
 */
export function appendAuditEvent(trx: Transaction<Schema>, entry: AuditEntry, nowMs: number): void {
  const { events, charges } = journalOf(trx)
  const event = { ...toRow(entry), at: nowMs }
  events.push(event)
  const { type, accountId } = entry.actor
  if (type === 'account' && accountId !== undefined) charges.push(auditChargeOf(accountId, eventBytes(event), nowMs))
}

/** Reads the events after `seq` in their order, `limit` at most, in the form in which they are hashed and exported. */
export async function readAuditChain(db: Kysely<Schema>, seq: number, limit: number): Promise<ChainedEvent[]> {
  const rows = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(toChainedEvent)
}

/** The last event up to `seq`, as a place in the chain; `undefined` if there is none. */
export async function readChainPosition(db: Kysely<Schema>, seq: number): Promise<ChainPosition | undefined> {
  return db
    .selectFrom('audit_events')
    .select(['seq', 'hash'])
    .where('seq', '<=', seq)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The filters of a list of events: an event must match all of them. */
export interface AuditFilters {
  readonly accountId?: string
  readonly apiKeyId?: string
  readonly actorKeyId?: string
  readonly actorType?: string
  /** The name of an action, or the part before its dot. */
  readonly action?: string
  /** Unix milliseconds, inclusive. */
  readonly fromMs?: number
  /** Unix milliseconds, exclusive. */
  readonly toMs?: number
}

/** The wanted part of a list of events. */
export interface AuditPageRequest {
  readonly order: 'newest' | 'oldest'
  /** The last event of the page before. */
  readonly after?: number
  readonly limit: number
}

/** The events that fit, a page of them. */
export async function listAuditEvents(
  db: Kysely<Schema>,
  filters: AuditFilters,
  { order, after, limit }: AuditPageRequest,
): Promise<{ readonly events: readonly ChainedEvent[]; readonly hasMore: boolean }> {
  const { action } = filters
  const isPart = action !== undefined && !action.includes('.')
  const actions = isPart ? AUDIT_ACTIONS.filter((it) => it.startsWith(`${action}.`)) : [action]
  const { rows, hasMore } = await readPortions<Selectable<AuditEventsTable>>({
    limit,
    async read(last, count) {
      const place = { order, after: last?.seq ?? after, limit: count }
      const [first, ...others] = actions.map((each) => fittingEvents(db, { ...filters, action: each }, place))
      if (!first) return []
      if (others.length === 0) return first.execute()
      // Each action is read by its own index, so that a part without events costs nothing.
      return db
        .selectFrom(others.reduce((all, each) => all.unionAll(each), first).as('events'))
        .selectAll()
        .orderBy('seq', order === 'newest' ? 'desc' : 'asc')
        .limit(count)
        .execute()
    },
    bytesOf: eventBytes,
  })
  return { events: rows.map(toChainedEvent), hasMore }
}

/** The next events that fit, as a table of its own: a limit inside a union needs one. */
function fittingEvents(db: Kysely<Schema>, filters: AuditFilters, { order, after, limit }: AuditPageRequest) {
  const { accountId, apiKeyId, actorKeyId, actorType, action, fromMs, toMs } = filters
  let query = db.selectFrom('audit_events').selectAll()
  if (accountId !== undefined) query = query.where('account_id', '=', accountId)
  if (apiKeyId !== undefined) query = query.where('api_key_id', '=', apiKeyId)
  if (actorKeyId !== undefined) query = query.where('actor_key_id', '=', actorKeyId)
  if (actorType !== undefined) query = query.where('actor_type', '=', actorType)
  if (action !== undefined) query = query.where('action', '=', action)
  if (fromMs !== undefined) query = query.where('at', '>=', fromMs)
  if (toMs !== undefined) query = query.where('at', '<', toMs)
  if (after !== undefined) query = query.where('seq', order === 'newest' ? '<' : '>', after)
  const page = query.orderBy('seq', order === 'newest' ? 'desc' : 'asc').limit(limit)
  return db.selectFrom(page.as('page')).selectAll()
}

/** An event with the names of the wire. This form is hashed, so that an export can be checked without the database. */
export function toChainedEvent(row: Selectable<AuditEventsTable>): ChainedEvent {
  return {
    seq: row.seq,
    at: row.at,
    action: row.action,
    actor: {
      type: row.actor_type,
      account_id: row.actor_account_id ?? undefined,
      api_key_id: row.actor_key_id ?? undefined,
      ip: row.actor_ip ?? undefined,
    },
    account_id: row.account_id ?? undefined,
    api_key_id: row.api_key_id ?? undefined,
    before: row.before_change === null ? undefined : JSON.parse(row.before_change),
    after: row.after_change === null ? undefined : JSON.parse(row.after_change),
    reason: row.reason ?? undefined,
    previous_hash: row.previous_hash,
    hash: row.hash,
  }
}

type ChangeColumns = Pick<Selectable<AuditEventsTable>, 'before_change' | 'after_change' | 'reason'>

/** The stored bytes of an event. */
function eventBytes({ before_change, after_change, reason }: ChangeColumns): number {
  return SHORT_FIELDS_BYTES + textBytes(before_change, after_change, reason)
}

function toRow({ action, actor, accountId, apiKeyId, before, after, reason }: AuditEntry) {
  return {
    action,
    actor_type: actor.type,
    actor_account_id: actor.accountId ?? null,
    actor_key_id: actor.apiKeyId ?? null,
    actor_ip: actor.ip ?? null,
    account_id: accountId ?? null,
    api_key_id: apiKeyId ?? null,
    before_change: before ? canonicalJson(before) : null,
    after_change: after ? canonicalJson(after) : null,
    reason: reason ?? null,
  }
}
