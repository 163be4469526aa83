import { type Kysely, sql, type Transaction } from 'kysely'
import type { RefusalsTable, Schema } from './schema.ts'

/** How many refusals are kept in all. */
export const MAX_REFUSALS = 100_000

/** How long a refusal is kept, in milliseconds. */
export const REFUSALS_KEPT_MS = 7 * 86_400_000

/** The `key_id` of refusals that do not prove their sender. */
export const CLAIMED = ''

/** Rows of one delete. */
const PRUNE_AT_ONCE = 1_000

/** How many refusals are kept. */
export interface RefusalCapacity {
  readonly ofKey: number
  /** Of all senders together that prove nothing. */
  readonly claimed: number
}

/** Adds refusals, each id once, and deletes the oldest of the same keys beyond the capacity. */
export async function addRefusals(
  trx: Transaction<Schema>,
  rows: readonly RefusalsTable[],
  capacity: RefusalCapacity,
): Promise<void> {
  if (rows.length === 0) return
  // In one order, so that two writers lock rows in the same order.
  const sorted = rows.toSorted((a, b) => (a.key_id === b.key_id ? a.at - b.at : a.key_id < b.key_id ? -1 : 1))
  await trx
    .insertInto('refusals')
    .values(sorted)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const keyIds = sql.join([...new Set(sorted.map((row) => row.key_id))])
  await sql`
    delete from refusals where (key_id, at, id) in (
      select key_id, at, id from (
        select key_id, at, id, row_number() over (partition by key_id order by at desc, id desc) as place
        from refusals where key_id in (${keyIds})
      ) as placed
      where place > case when key_id = ${CLAIMED} then ${sql.lit(capacity.claimed)} else ${sql.lit(capacity.ofKey)} end
    )`.execute(trx)
}

/** The last refusals of a key, newest first; with {@link CLAIMED} those that do not prove their sender. */
export async function readRefusals(db: Kysely<Schema>, keyId: string, limit: number): Promise<RefusalsTable[]> {
  return db
    .selectFrom('refusals')
    .selectAll()
    .where('key_id', '=', keyId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/**
 * Deletes a portion of the refusals that are too old or too many.
 *
 * @param nowMs Unix milliseconds
 * @returns whether others may be left
 */
export async function pruneRefusals(trx: Transaction<Schema>, nowMs: number, max = MAX_REFUSALS): Promise<boolean> {
  const beyond = await trx
    .selectFrom('refusals')
    .select('at')
    .orderBy('at', 'desc')
    .offset(max)
    .limit(1)
    .executeTakeFirst()
  const before = Math.max(nowMs - REFUSALS_KEPT_MS, beyond?.at ?? 0)
  const { numAffectedRows = 0n } = await sql`
    delete from refusals where (key_id, at, id) in (
      select key_id, at, id from refusals where at <= ${before} order by at limit ${sql.lit(PRUNE_AT_ONCE)}
    )`.execute(trx)
  return numAffectedRows >= PRUNE_AT_ONCE
}

/** Since when refusals are kept, in Unix milliseconds. */
export async function readRefusalsSince(db: Kysely<Schema>, nowMs: number): Promise<number> {
  const { refusals_since: since } = await db.selectFrom('deployment').select('refusals_since').executeTakeFirstOrThrow()
  return Math.max(since, nowMs - REFUSALS_KEPT_MS)
}
