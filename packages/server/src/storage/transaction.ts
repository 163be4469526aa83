import { setTimeout as sleep } from 'node:timers/promises'
import type { Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'
import { isContention } from './unavailable.ts'

const ATTEMPTS = 5

/**
 * Runs `work` in one transaction: READ COMMITTED with explicit row locks in PostgreSQL, the only writer in SQLite. When PostgreSQL
 * gives it up for a deadlock it runs again, five times at most, so `work` must have no effect outside `trx`.
 * Inside, use `trx` only: `database.kysely` would wait for this very transaction in SQLite.
 *
 * What `work` returns is committed when the promise resolves; what it throws rolls everything back.
 */
export async function inTransaction<Result>(
  database: Pick<Database, 'kysely'>,
  work: (trx: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.kysely.transaction().setIsolationLevel('read committed').execute(work)
    } catch (error) {
      if (attempt === ATTEMPTS || !isContention(error)) throw error
    }
    await sleep(Math.random() * 10 * 2 ** attempt)
  }
}
