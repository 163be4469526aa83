import type { ChainPosition } from '@countersign/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { Dialect } from './database.ts'
import { DATABASE_TIME } from './nodes.ts'
import type { Schema } from './schema.ts'

/** How long a node keeps the watch after it last asked for it, in milliseconds of the database's clock. */
export const WATCH_LEASE_MS = 30_000

/** A node that can watch the audit log. */
export interface Watcher {
  /** UUID of the watch. */
  readonly id: string
  /** Whether it signs heads. A node that signs takes the watch from one that does not. */
  readonly signs: boolean
}

/** What the watching node has found. */
export interface WatchResult {
  /** The last event that was read and is right; `undefined` if the log must be read from its start. */
  readonly position: ChainPosition | undefined
  /** When the last reading from the start began: Unix milliseconds; 0 = never. */
  readonly readFromStartAt: number
  /** JSON of an `AuditChain`; `undefined` before the first result. */
  readonly status: string | undefined
}

/**
 * Takes the watch if no other node has it, or keeps it for another {@link WATCH_LEASE_MS}.
 *
 * @returns `kept` if this node had it all the time, `taken` if it has it now, `other` if another node has it
 */
export async function takeAuditWatch(
  trx: Transaction<Schema>,
  dialect: Dialect,
  { id, signs }: Watcher,
): Promise<'kept' | 'taken' | 'other'> {
  const now = DATABASE_TIME[dialect]
  const held = trx
    .updateTable('audit_watch')
    .set(({ eb }) => ({ holder: id, signs: signs ? 1 : 0, held_until: eb(now, '+', WATCH_LEASE_MS) }))
  const kept = await held.where('holder', '=', id).where('held_until', '>', now).executeTakeFirst()
  if (kept.numUpdatedRows > 0n) return 'kept'
  const taken = await held
    .where((where) => {
      const isFree = where('held_until', '<=', now)
      return signs ? where.or([isFree, where('signs', '=', 0)]) : isFree
    })
    .executeTakeFirst()
  return taken.numUpdatedRows > 0n ? 'taken' : 'other'
}

/** What the watching node has last found. */
export async function readAuditWatch(db: Kysely<Schema>): Promise<WatchResult> {
  const row = await db.selectFrom('audit_watch').selectAll().executeTakeFirstOrThrow()
  return {
    position: row.seq === null || row.hash === null ? undefined : { seq: row.seq, hash: row.hash },
    readFromStartAt: row.read_from_start_at,
    status: row.status ?? undefined,
  }
}

/** Stores a result, if this node still has the watch. */
export async function saveAuditWatch(
  trx: Transaction<Schema>,
  { id }: Pick<Watcher, 'id'>,
  { position, readFromStartAt, status }: WatchResult,
): Promise<void> {
  await trx
    .updateTable('audit_watch')
    .set({
      seq: position?.seq ?? null,
      hash: position?.hash ?? null,
      read_from_start_at: readFromStartAt,
      status: status ?? null,
    })
    .where('holder', '=', id)
    .execute()
}

/** Lets another node have the watch at once. */
export async function releaseAuditWatch(trx: Transaction<Schema>, { id }: Pick<Watcher, 'id'>): Promise<void> {
  await trx.updateTable('audit_watch').set({ held_until: 0 }).where('holder', '=', id).execute()
}
