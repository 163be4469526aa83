import { setTimeout as sleep } from 'node:timers/promises'
import type { Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'
import { inTransaction } from './transaction.ts'

/** Rows of one transaction. PostgreSQL needs some 20 ms for them, and so does SQLite, which stops its thread for it. */
export const ROWS_AT_ONCE = 2_000

/** How long other work gets after a portion, as a part of the portion's own time. */
const REST = 0.5

/**
 * Deletes in transactions of a bounded size, until nothing is left or the signal aborts. One statement over all rows
 * would run into its time limit, be undone and begin anew. In SQLite it would stop everything else.
 *
 * @param deletePortion deletes at most `limit` rows and returns how many
 */
export async function deleteInPortions(
  database: Pick<Database, 'kysely'>,
  deletePortion: (trx: Transaction<Schema>, limit: number) => Promise<number>,
  signal: AbortSignal,
  limit: number = ROWS_AT_ONCE,
): Promise<void> {
  for (let deleted = limit; deleted >= limit && !signal.aborted; ) {
    const begunMs = performance.now()
    deleted = await inTransaction(database, (trx) => deletePortion(trx, limit))
    await sleep(REST * (performance.now() - begunMs), undefined, { signal }).catch(() => undefined)
  }
}
