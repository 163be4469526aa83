import { setTimeout as sleep } from 'node:timers/promises'
import { chainStart, checkEvent } from '@countersign/protocol'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAuditChain } from '../packages/server/src/storage/audit-events.ts'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { readDeployment } from '../packages/server/src/storage/deployment.ts'
import { findApiKey, listApiKeys } from '../packages/server/src/storage/find-api-keys.ts'
import { latestKeyChange, readKeyChangesAfter } from '../packages/server/src/storage/key-changes.ts'
import { migrate } from '../packages/server/src/storage/migrate.ts'
import type { Schema } from '../packages/server/src/storage/schema.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { type FreshDatabase, freshDatabase, runOnPostgres } from '../packages/server/test/fresh-database.ts'
import { callSigned } from './message-signatures/support/message-world.ts'
import { call } from './support/call.ts'
import { givenCustomer, givenKey, newPublicKey } from './support/given-key.ts'
import { type PgBouncer, startPgBouncer } from './support/pgbouncer.ts'
import { requireTool } from './support/require-tool.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './support/running-server.ts'

const KEYS = '/trade-api/v2/api_keys'
/** Fewer than the callers of every test here: sessions change hands all the time. */
const POOL_SIZE = 3

let fresh: FreshDatabase
let bouncer: PgBouncer | undefined
const opened: { close(): Promise<unknown> }[] = []

beforeAll(async () => {
  fresh = await freshDatabase('postgres')
  const name = new URL(fresh.url).pathname.slice(1)
  await runOnPostgres(fresh.url, `alter database ${name} set synchronous_commit = off`)
})
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()))
  await bouncer?.close()
  await fresh?.remove()
})

/** A pool of connections to PgBouncer. */
async function open(): Promise<Database> {
  bouncer ??= await startPgBouncer(fresh.url, POOL_SIZE)
  const database = await openDatabase(bouncer.route(fresh.url))
  opened.push(database)
  return database
}

async function settings(db: Kysely<Schema>): Promise<unknown> {
  const { rows } = await sql`
    select current_setting('statement_timeout') as statement, current_setting('synchronous_commit') as commit,
      current_setting('idle_in_transaction_session_timeout') as idle`.execute(db)
  return rows[0]
}

test('behind PgBouncer nodes migrate at once, and transactions have their settings while sessions keep theirs', async (context) => {
  requireTool(context, 'pgbouncer', 'pgbouncer')
  const nodes = await Promise.all(Array.from({ length: 4 }, open))
  const applied = await Promise.all(nodes.map((node) => migrate(node, 1)))
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  await Promise.all(
    nodes.flatMap((node) =>
      Array.from({ length: 5 }, async () => {
        const inside = await inTransaction(node, settings)
        expect(inside).toEqual({ statement: '10s', commit: 'on', idle: '10s' })
        expect(await settings(node.kysely)).toEqual({ statement: '0', commit: 'off', idle: '0' })
      }),
    ),
  )
})

test('behind PgBouncer two nodes keep limits, lose no change, and write one whole chain', async (context) => {
  requireTool(context, 'pgbouncer', 'pgbouncer')
  const database = await open()
  await migrate(database, 1)
  const maxKeysPerAccount = 6
  const servers = await Promise.all([1, 2].map(() => startServer({ maxKeysPerAccount })))
  // RFC 9421 signatures tell their time to the second, and what was signed before the start is refused.
  await sleep(1000 - (Date.now() % 1000))
  const accountId = await givenCustomer(database, 'Ada')
  const ada = await givenKey(database, accountId)
  const before = await latestKeyChange(database.kysely)

  const created = await Promise.all(
    Array.from({ length: 16 }, (_, nth) => {
      const json = { name: `key ${nth}`, public_key: newPublicKey() }
      return call(servers[nth % 2] as TestServer, 'POST', KEYS, { as: ada, json })
    }),
  )
  const made = created.filter(({ status }) => status === 201).map(({ text }) => JSON.parse(text).api_key_id as string)
  expect(made).toHaveLength(maxKeysPerAccount - 1)
  expect(await listApiKeys(database.kysely, accountId)).toHaveLength(maxKeysPerAccount)

  const [one, two, ...others] = made
  const [first, second] = servers as [TestServer, TestServer]
  expect((await call(first, 'DELETE', `${KEYS}/${one}`, { as: ada })).status).toBe(204)
  expect((await callSigned(second, ada, 'POST', `${KEYS}/${two}/disable`)).status).toBe(200)
  expect((await findApiKey(database.kysely, two as string))?.state).toBe('disabled')
  const deleted = await Promise.all(
    others.flatMap((id) => servers.map((server) => call(server, 'DELETE', `${KEYS}/${id}`, { as: ada }))),
  )
  expect(deleted.filter(({ status }) => status === 204)).toHaveLength(others.length)
  expect(deleted.filter(({ status }) => status === 404)).toHaveLength(others.length)

  const { changes, gap } = await readKeyChangesAfter(database.kysely, before, 1_000)
  expect([gap, changes.length]).toEqual([false, made.length + 1 + 1 + others.length])
  let place = await chainStart((await readDeployment(database.kysely)).deploymentId)
  for (const event of await readAuditChain(database.kysely, 0, 1_000)) {
    expect(await checkEvent(event, place)).toBeUndefined()
    place = event
  }
  expect(place.seq).toBe(made.length + 1 + 1 + others.length)
})

/** A node on this suite's database, by way of PgBouncer. */
async function startServer(parts: TestServerOptions['settings']): Promise<TestServer> {
  const server = await startTestServer('postgres', {
    route: async () => bouncer?.route(fresh.url) ?? '',
    settings: { ...parts, singleNodePromises: true, plane: 'both' },
  })
  opened.unshift(server)
  return server
}
