import { type Database, openDatabase } from '../../packages/server/src/storage/database.ts'
import { type GivenKey, givenCustomer, givenKey } from './given-key.ts'
import { type Dialect, startTestServer, type TestServer, type TestServerOptions } from './running-server.ts'

/** A running server with two customers, and another connection to its database. */
export interface World {
  readonly server: TestServer
  readonly database: Database
  readonly alice: GivenKey
  readonly bob: GivenKey
  close(): Promise<void>
}

/** Starts a server and gives two accounts a key each, with `read` and `write`. */
export async function startWorld(dialect: Dialect, options?: TestServerOptions): Promise<World> {
  const server = await startTestServer(dialect, options)
  const database = await openDatabase(server.databaseUrl)
  const alice = await givenKey(database, await givenCustomer(database, 'Alice'), { name: 'alice' })
  const bob = await givenKey(database, await givenCustomer(database, 'Bob'), { name: 'bob' })
  return {
    server,
    database,
    alice,
    bob,
    async close() {
      await database.close()
      await server.close()
    },
  }
}
