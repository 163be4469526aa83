import { randomBytes } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../packages/server/src/storage/database.ts'
import { startAskedServer } from './support/asked-server.ts'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { expectRefusal } from './support/expect-refusal.ts'
import { givenCustomer, givenKey, newPublicKey } from './support/given-key.ts'
import { DIALECTS } from './support/running-server.ts'
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts'
import { startWorld, type World } from './support/world.ts'

const KEYS = '/trade-api/v2/api_keys'
const UNAVAILABLE = '{"error":{"code":"service_unavailable","message":"service unavailable"}}'

describe('a PostgreSQL that does not answer', () => {
  let proxy: TcpProxy
  let world: World
  beforeEach(async () => {
    world = await startWorld('postgres', {
      route: async (databaseUrl) => {
        const url = new URL(databaseUrl)
        proxy = await startTcpProxy(Number(url.port))
        url.port = String(proxy.port)
        return url.href
      },
    })
  })
  afterEach(async () => {
    await proxy?.restore()
    await world?.close()
    await proxy?.close()
  })

  test('is answered with 503 and a time to try again, until it is back', async () => {
    const { server, database, alice } = world
    expect((await call(server, 'GET', KEYS, { as: alice })).status).toBe(200)
    const unseen = await givenKey(database, await givenCustomer(database, 'Heidi'))

    await proxy.cut()
    for (const [method, target, options] of [
      ['GET', KEYS, { as: unseen }],
      ['GET', KEYS, { as: alice }],
      ['POST', KEYS, { as: alice, json: { name: 'a', public_key: newPublicKey() } }],
      ['DELETE', `${KEYS}/${alice.keyId}`, { as: alice }],
      ['GET', '/readyz', {}],
    ] as const) {
      const answer = await call(server, method, target, options)
      expectRefusal(answer, 503, UNAVAILABLE)
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    }
    expect((await call(server, 'GET', '/healthz')).status).toBe(200)
    expect((await call(server, 'GET', '/trade-api/v2/account/endpoint_costs')).status).toBe(200)
    await eventually(5_000, () => server.log().includes('key changes cannot be read'))

    await proxy.restore()
    await eventually(5_000, async () => (await call(server, 'GET', '/readyz')).status === 200)
    await eventually(5_000, () => server.log().includes('key changes are read again'))
    expect((await call(server, 'GET', KEYS, { as: unseen })).status).toBe(200)
    expect((await call(server, 'DELETE', `${KEYS}/${alice.keyId}`, { as: alice })).status).toBe(204)
  })

  test('is not waited for without end when it is silent', async () => {
    const { server, alice } = world
    expect((await call(server, 'GET', KEYS, { as: alice })).status).toBe(200)

    proxy.stall()
    const answers = await Promise.all([
      call(server, 'GET', '/readyz'),
      call(server, 'GET', KEYS, { as: alice }),
      call(server, 'POST', KEYS, { as: alice, json: { name: 'a', public_key: newPublicKey() } }),
    ])

    for (const answer of answers) expectRefusal(answer, 503, UNAVAILABLE)
  })
})

test('a SQLite file that another process keeps locked is answered with 503, and still read', async () => {
  const world = await startWorld('sqlite')
  const { server, alice } = world
  const other = await openDatabase(server.databaseUrl)
  try {
    const locked = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    const holding = other.kysely.transaction().execute(async () => {
      locked.resolve()
      await done.promise
    })
    await locked.promise
    const writing = call(server, 'POST', KEYS, { as: alice, json: { name: 'a', public_key: newPublicKey() } })
    expect((await call(server, 'GET', '/healthz')).status).toBe(200)
    const refused = await writing
    done.resolve()
    await holding

    expectRefusal(refused, 503, UNAVAILABLE)
    expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    expect(
      (await call(server, 'POST', KEYS, { as: alice, json: { name: 'a', public_key: newPublicKey() } })).status,
    ).toBe(201)
  } finally {
    await other.close()
    await world.close()
  }
})

test.each(DIALECTS)('a fault that nobody foresaw is told to the log only (%s)', async (dialect) => {
  const world = await startWorld(dialect)
  const { server, database, alice, bob } = world
  try {
    await database.kysely
      .updateTable('api_keys')
      .set({ scopes: 'planted: no JSON' })
      .where('id', '=', alice.keyId)
      .execute()

    const answer = await call(server, 'GET', KEYS, { as: alice })

    const requestId = answer.headers['x-request-id']
    const body = `{"error":{"code":"internal_server_error","message":"internal server error","request_id":"${requestId}"}}`
    expectRefusal(answer, 500, body)
    const logged = server
      .log()
      .split('\n')
      .filter((line) => line.includes(`${requestId}`))
    expect(logged.join()).toContain('api_keys.scopes')
    expect((await call(server, 'GET', KEYS, { as: bob })).status).toBe(200)
  } finally {
    await world.close()
  }
})

test('a SQLite file that was overwritten leaves neither plane ready', async () => {
  const server = await startAskedServer('sqlite')
  const path = server.database.location
  try {
    const unseen = await givenKey(server.database, await givenCustomer(server.database, 'Heidi'))
    for (const port of [server.port, server.authorizePort]) {
      expect((await call({ port }, 'GET', '/readyz')).status).toBe(200)
    }
    await sql`pragma wal_checkpoint(truncate)`.execute(server.database.kysely)
    await writeFile(path, randomBytes((await stat(path)).size), { flag: 'r+' })

    // What was found of the database counts for a second.
    await eventually(10_000, async () => (await call(server, 'GET', '/readyz')).status === 503)
    // The data plane decides with what it holds, until it has to read.
    await server.ask({ as: unseen })
    const port = server.authorizePort
    await eventually(10_000, async () =>
      (await call({ port }, 'GET', '/readyz')).text.includes('data-1 is without keys'),
    )
    expect((await call({ port }, 'GET', '/healthz')).status).toBe(200)
  } finally {
    await server.close()
  }
})
