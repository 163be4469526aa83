import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../packages/server/src/storage/database.ts'
import { freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { call } from '../support/call.ts'
import { givenCustomer, givenKey } from '../support/given-key.ts'
import { askAuthorize } from '../support/question.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'

const NODES = 4
const CALLERS_OF_A_NODE = 24
const ROUNDS = 4
const KEYS = '/trade-api/v2/api_keys'
/** PostgreSQL's `max_connections` of 100, less those that it keeps for superusers. */
const ROOM = 97

const nodes: ServerProcess[] = []
let fresh: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => {
  fresh = await freshDatabase('postgres')
})
afterAll(async () => {
  for (const node of nodes) node.kill()
  await fresh?.remove()
})

test('four nodes under look-ups, generates and lists fit into 100 connections, and refuse nothing', async () => {
  const env = { COUNTERSIGN_SINGLE_NODE_PROMISES: 'true', COUNTERSIGN_LOG_LEVEL: 'warn' }
  const databaseUrl = `${fresh.url}?application_name=node`
  for (let i = 0; i < NODES; i++) nodes.push(await startServerProcess({ databaseUrl, env }))
  const database = await openDatabase(fresh.url, { maxConnections: 2 })
  let isLoaded = true
  const counts: number[] = []
  const counting = (async () => {
    while (isLoaded) {
      const { rows } = await sql<{ count: number }>`
        select count(*) from pg_stat_activity where datname = current_database() and application_name = 'node'`.execute(
        database.kysely,
      )
      counts.push(rows[0]?.count ?? 0)
    }
  })()
  const statuses: Record<string, number> = {}
  const count = (what: string, status: number) => {
    const name = `${what} ${status}`
    statuses[name] = (statuses[name] ?? 0) + 1
  }
  await Promise.all(
    nodes.flatMap((node) =>
      Array.from({ length: CALLERS_OF_A_NODE }, async () => {
        const accountId = await givenCustomer(database, 'Ada')
        for (let round = 0; round < ROUNDS; round++) {
          // A key that no node has read before: each use is a look-up.
          const as = await givenKey(database, accountId)
          const json = { name: 'more', key_type: 'ed25519' }
          const at = { port: Number(new URL(node.url).port) }
          const made = await call(at, 'POST', `${KEYS}/generate`, { as, json })
          count('generate', made.status)
          count('list', (await call(at, 'GET', KEYS, { as })).status)
          count('authorize', (await askAuthorize(authorizePortOf(node), { as })).status)
        }
      }),
    ),
  )
  isLoaded = false
  await counting
  await database.close()
  const all = NODES * CALLERS_OF_A_NODE * ROUNDS
  process.stdout.write(`four nodes: at most ${Math.max(...counts)} connections, ${JSON.stringify(statuses)}\n`)
  expect(statuses).toEqual({ 'generate 201': all, 'list 200': all, 'authorize 200': all })
  expect(Math.max(...counts)).toBeLessThanOrEqual(ROOM)
})

function authorizePortOf({ stderr }: ServerProcess): number {
  return Number(/authorize {2}http:\/\/[^:]+:(\d+)\/authorize/.exec(stderr())?.[1])
}
