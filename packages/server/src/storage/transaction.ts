import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import { openJournal } from './commit-journal.ts'
import { isDamage } from './damage.ts'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'
import { isContention, isUnavailable } from './unavailable.ts'
import { writeJournal } from './write-journal.ts'

const ATTEMPTS = 5

/**
 * Runs `work` in one transaction: READ COMMITTED with explicit row locks in PostgreSQL, the only writer in SQLite. If
 * PostgreSQL aborts it for a deadlock, it runs again, at most five times. So `work` must have no effect outside `trx`.
 * Inside, use `trx` only: in SQLite `database.kysely` would wait for this same transaction. Its key changes and audit
 * events are written last, with the commit: see `CommitJournal`.
 *
 * The result of `work` is committed when the promise resolves. If `work` throws, everything is rolled back.
 */
export async function inTransaction<Result>(
  database: Pick<Database, 'kysely'>,
  work: (trx: Transaction<Schema>) => Promise<Result> | Result,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.kysely
        .transaction()
        .setIsolationLevel('read committed')
        .execute(async (trx) => {
          const journal = openJournal(trx)
          const result = await work(trx)
          await writeJournal(trx, journal)
          return result
        })
    } catch (error) {
      if (attempt === ATTEMPTS || !isContention(error)) {
        if (isUnavailable(error) || isDamage(error)) withFailedWrite.add(database.kysely)
        throw error
      }
    }
    await sleep(Math.random() * 10 * 2 ** attempt)
  }
}

/** Databases in which the last write failed by a fault of the database. */
const withFailedWrite = new WeakSet<Kysely<Schema>>()

/**
 * Rejects with the database's fault while it accepts no writes. After a failed write it tries a small write that
 * changes nothing. After a good write it does nothing, so that a mere question writes nothing.
 */
export async function checkWrites(database: Pick<Database, 'kysely'>): Promise<void> {
  if (!withFailedWrite.has(database.kysely)) return
  await inTransaction(database, (trx) =>
    trx
      .updateTable('deployment')
      .set(({ ref }) => ({ id: ref('id') }))
      .execute(),
  )
  withFailedWrite.delete(database.kysely)
}
