import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { startAskedServer } from './support/asked-server.ts'
import { call } from './support/call.ts'
import { givenCustomer, givenKey, newPublicKey } from './support/given-key.ts'

const KEYS = '/trade-api/v2/api_keys'
/** The least for two workers: two connections for each thread that decides, and two more. */
const MAX_CONNECTIONS = 8

test('a node under load opens no more PostgreSQL connections than its setting, and refuses nothing', async () => {
  const server = await startAskedServer('postgres', {
    settings: { workers: 2, database: { maxConnections: MAX_CONNECTIONS } },
    route: async (url) => `${url}?application_name=node`,
  })
  const { database } = server
  const countConnections = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*) from pg_stat_activity where datname = current_database() and application_name = 'node'`.execute(
      database.kysely,
    )
    return rows[0]?.count ?? 0
  }
  try {
    const accounts = await Promise.all(Array.from({ length: 6 }, () => givenCustomer(database, 'Ada')))
    // Each key is used once: each use is a look-up in the database.
    const callers = await Promise.all(
      Array.from({ length: 60 }, (_, nth) => givenKey(database, accounts[nth % accounts.length] as string)),
    )
    let isLoaded = true
    const counts: number[] = []
    const counting = (async () => {
      while (isLoaded) counts.push(await countConnections())
    })()
    const answers = await Promise.all(
      callers.map(async (as, nth) => {
        const { status } = await server.ask({ as })
        if (nth % 2) return [status, (await call(server, 'GET', KEYS, { as })).status]
        const json = { name: 'more', public_key: newPublicKey() }
        return [status, (await call(server, 'POST', KEYS, { as, json })).status]
      }),
    )
    isLoaded = false
    await counting
    expect(answers).toEqual(callers.map((_, nth) => [200, nth % 2 ? 200 : 201]))
    expect(Math.max(...counts)).toBeLessThanOrEqual(MAX_CONNECTIONS)
    expect(Math.max(...counts)).toBeGreaterThan(MAX_CONNECTIONS / 2)
  } finally {
    await server.close()
  }
})
