import { inTime } from '../in-time.ts'
import type { Database } from './database.ts'
import { checkWrites } from './transaction.ts'

/** How long a database may take to answer whether it works, in milliseconds. */
const PATIENCE_MS = 2_000

/** What keeps a database from being read or written now; `undefined` where nothing does. Never rejects. */
export async function databaseFault(database: Database): Promise<unknown> {
  const works = Promise.all([database.ping(), checkWrites(database)]).then(() => undefined)
  try {
    return (await inTime(works, PATIENCE_MS)) && new Error(`the database does not answer within ${PATIENCE_MS} ms`)
  } catch (fault) {
    return fault
  }
}
