import { inTime } from '../in-time.ts'
import type { Database } from './database.ts'
import { checkWrites } from './transaction.ts'

/** How long a database may take to show that it works, in milliseconds. */
const PATIENCE_MS = 2_000

/** Why a database cannot be read or written now; `undefined` if it can. Never rejects. */
export async function databaseFault(database: Database): Promise<unknown> {
  const works = Promise.all([database.ping(), checkWrites(database)]).then(() => undefined)
  try {
    return (await inTime(works, PATIENCE_MS)) && new Error(`the database does not answer within ${PATIENCE_MS} ms`)
  } catch (fault) {
    return fault
  }
}
