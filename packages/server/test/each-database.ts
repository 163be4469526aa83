import { afterAll, beforeAll, describe } from 'vitest'
import { type Database, type DatabaseOptions, type Dialect, openDatabase } from '../src/storage/database.ts'
import { migrate } from '../src/storage/migrate.ts'
import { type FreshDatabase, freshDatabase } from './fresh-database.ts'

/** What a suite gets for the database it runs against; use it inside tests and hooks. */
export interface SuiteDatabase {
  readonly dialect: Dialect
  url(): string
  /** One migrated database, open for the whole suite. */
  database(): Database
  /** Another connection (or pool) to the same database, closed with the suite. */
  connect(options?: DatabaseOptions): Promise<Database>
}

/** Describes one contract and runs it against both databases, each fresh. */
export function describeOnEachDatabase(name: string, suite: (on: SuiteDatabase) => void): void {
  describe.each<Dialect>(['sqlite', 'postgres'])(`${name} (%s)`, (dialect) => {
    let fresh: FreshDatabase
    let database: Database
    const open: Database[] = []
    const connect = async (options?: DatabaseOptions) => {
      const connected = await openDatabase(fresh.url, options)
      open.push(connected)
      return connected
    }

    beforeAll(async () => {
      fresh = await freshDatabase(dialect)
      database = await connect()
      await migrate(database, Date.now())
    })
    afterAll(async () => {
      await Promise.all(open.map((each) => each.close()))
      await fresh?.remove()
    })

    suite({ dialect, url: () => fresh.url, database: () => database, connect })
  })
}
