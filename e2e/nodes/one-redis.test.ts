import { randomBytes } from 'node:crypto'
import { createLogger, DEFAULT_SETTINGS, type RunningServer, type Settings, startServer } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HAS_REDIS, startRedis, type TestRedis } from '../../packages/redis/test/redis-server.ts'
import { THREAD_LIFE } from '../../packages/server/src/authorize/data-plane.ts'
import { type Database, openDatabase } from '../../packages/server/src/storage/database.ts'
import { type FreshDatabase, freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { givenAccount } from '../../packages/server/test/records.ts'
import { type Answer, call } from '../support/call.ts'
import { eventually } from '../support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { askAuthorize } from '../support/question.ts'
import { readMetric } from '../support/read-metric.ts'
import { linkCode, tradeCode } from '../support/sign-in.ts'

const BASE = '/trade-api/v2'
const NODES = 3
const COPIES = 4
/** 20 requests of the default cost, and nothing comes back during the test. */
const NARROW = { capacity: 200, refillRate: 1e-3 }
const WIDE = { capacity: 1_000_000, refillRate: 1_000_000 }
const SOON_MS = 20_000

describe.runIf(HAS_REDIS)('three nodes over one PostgreSQL and one Redis', () => {
  let fresh: FreshDatabase
  let database: Database
  let redis: TestRedis
  let alice: GivenKey
  const nodes: { readonly server: RunningServer; readonly port: number; readonly authorizePort: number }[] = []
  const lines: string[] = []

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    redis = await startRedis('--maxmemory-policy', 'noeviction')
    for (let i = 0; i < NODES; i++) {
      const server = await start()
      nodes.push({ server, port: portOf(server.url), authorizePort: portOf(server.authorizeUrl ?? '') })
    }
    database = await openDatabase(fresh.url)
    alice = await givenKey(database, await givenCustomer(database, 'Alice'))
  })
  afterAll(async () => {
    await Promise.all(nodes.map(({ server }) => server.close()))
    await database?.close()
    await redis?.remove()
    await fresh?.remove()
  })

  function start(changed: Partial<Settings> = {}): Promise<RunningServer> {
    const settings: Settings = {
      ...DEFAULT_SETTINGS,
      port: 0,
      authorizePort: 0,
      databaseUrl: fresh.url,
      redisUrl: redis.url,
      // What is slow here is the machine of the tests.
      redis: { ...DEFAULT_SETTINGS.redis, timeoutMs: 5_000 },
      tiers: { prestige: { read: WIDE, write: WIDE }, narrow: { read: NARROW, write: NARROW } },
      defaultTier: 'prestige',
      windowMs: 300_000,
      logLevel: 'silent',
      // What this test does not need, and what would cost each node seconds of a processor.
      keyPairs: { ...DEFAULT_SETTINGS.keyPairs, ahead: 0 },
      doctor: 'off',
      ...changed,
    }
    const log = createLogger('info', { write: (line) => void lines.push(line) })
    return startServer(settings, log, Date.now, { ...THREAD_LIFE, spareAfterMs: 1e9 })
  }

  /** Asks all nodes at once, each so many times. */
  function everywhere<Said>(copies: number, ask: (node: (typeof nodes)[number]) => Promise<Said>): Promise<Said[]> {
    return Promise.all(nodes.flatMap((node) => Array.from({ length: copies }, () => ask(node))))
  }

  test('a signed request that goes to all of them is allowed once', async () => {
    for (let round = 0; round < 20; round++) {
      const headers = accessHeaders(alice, 'DELETE', '/orders/1')
      const said = await everywhere(COPIES, ({ authorizePort }) =>
        askAuthorize(authorizePort, { method: 'DELETE', target: '/orders/1', headers }),
      )
      const refused = said.filter(({ refusal }) => refusal.includes('SIGNATURE_ALREADY_USED'))
      expect([said.filter(({ status }) => status === 200).length, refused.length]).toEqual([1, NODES * COPIES - 1])
    }
  })

  test('a captured call that makes a key makes one', async () => {
    const target = `${BASE}/api_keys/generate`
    const body = JSON.stringify({ name: 'captured', key_type: 'ed25519', scopes: ['read'] })
    const headers = messageSignature(alice, { method: 'POST', target, authority: 'keys.example', body })
    const answers = await everywhere(COPIES, ({ port }) =>
      call({ port }, 'POST', target, {
        body,
        headers: { ...Object.fromEntries(headers), host: 'keys.example', 'content-type': 'application/json' },
      }),
    )
    expect(statusesOf(answers)).toEqual({ 201: 1, 401: NODES * COPIES - 1 })
    const keys = await database.kysely.selectFrom('api_keys').select('id').where('name', '=', 'captured').execute()
    expect(keys).toHaveLength(1)
  })

  test('a bucket gives its limit once, and each of them tells its level', async () => {
    const { accountId } = await givenAccount(database, { name: 'Narrow', tier: 'narrow' })
    const keys = [await givenKey(database, accountId), await givenKey(database, accountId)]
    const said = await everywhere(COPIES * 4, ({ authorizePort }) =>
      askAuthorize(authorizePort, { as: keys[Math.round(Math.random())] as GivenKey }),
    )
    expect(statusesOf(said)).toEqual({ 200: 20, 429: NODES * COPIES * 4 - 20 })

    const levels = await everywhere(1, async ({ port }) => levelsOn(port, alice))
    for (const { read, write } of levels) expect([read, write]).toEqual([expect.any(Number), expect.any(Number)])
  })

  test('a request of a session counts once', async () => {
    const [first] = nodes
    const { answer, pair } = await tradeCode(
      { port: first?.port ?? 0 },
      await linkCode({ databaseUrl: fresh.url }, 'Alice'),
    )
    expect(answer.status).toBe(201)
    const message = {
      method: 'GET',
      target: `${BASE}/whoami`,
      authority: 'keys.example',
      nonce: `${answer.headers['countersign-nonce']}.${randomBytes(16).toString('base64url')}`,
    }
    const session = { keyId: JSON.parse(answer.text).session_id, privateKey: pair.privateKey }
    const headers = { ...Object.fromEntries(messageSignature(session, message)), host: 'keys.example' }
    const answers = await everywhere(COPIES, ({ port }) => call({ port }, 'GET', message.target, { headers }))
    expect(statusesOf(answers)).toEqual({ 200: 1, 401: NODES * COPIES - 1 })
  })

  test('they know each other, and a node with claims of its own does not start beside them', async () => {
    await eventually(SOON_MS, async () => {
      const { text } = await call({ port: nodes[0]?.port ?? 0 }, 'GET', '/metrics')
      return text.includes(`\ncountersign_nodes ${NODES}\n`)
    })
    await expect(start({ redisUrl: undefined } as never)).rejects.toThrow('It has a Redis, and this node has none')
    const rows = await database.kysely.selectFrom('nodes').select('admission').execute()
    expect(new Set(rows.map(({ admission }) => admission))).toEqual(new Set([expect.stringMatching(/^redis:.+/)]))
  })

  test('without Redis none is ready and claims are 503; with it again all are', async () => {
    const level = async () => (await levelsOn(nodes[0]?.port ?? 0, alice)).read
    expect(await level()).toEqual(expect.any(Number))
    await redis.kill()
    for (const { port, authorizePort } of nodes) {
      for (const at of [port, authorizePort]) {
        await eventually(SOON_MS, async () =>
          (await call({ port: at }, 'GET', '/readyz')).text.includes('without Redis'),
        )
      }
    }
    const said = await everywhere(1, ({ authorizePort }) =>
      askAuthorize(authorizePort, { method: 'POST', target: '/orders', as: alice }),
    )
    expect(statusesOf(said)).toEqual({ 503: NODES })
    expect(said.map(({ retryAfter }) => retryAfter)).toEqual(Array.from({ length: NODES }, () => '1'))
    expect(await readMetric(nodes[0]?.port ?? 0, 'countersign_redis_up', ['plane="data"'])).toBe(0)

    await redis.start()
    for (const { port } of nodes) {
      await eventually(SOON_MS, async () => (await call({ port }, 'GET', '/readyz')).status === 200)
    }
    await eventually(SOON_MS, async () => {
      const again = await everywhere(1, ({ authorizePort }) =>
        askAuthorize(authorizePort, { method: 'POST', target: '/orders', as: alice }),
      )
      return again.every(({ status }) => status === 200)
    })
    expect(lines.join('')).toContain('the connection to Redis ended')
  })

  async function levelsOn(port: number, as: GivenKey): Promise<Record<string, number | null>> {
    const to = Date.now() - (Date.now() % 3_600_000)
    const target = `${BASE}/account/usage?from=${to - 3_600_000}&to=${to}&step=hour`
    const headers = messageSignature(as, { method: 'GET', target, authority: `127.0.0.1:${port}` })
    const { status, text } = await call({ port }, 'GET', target, { headers: Object.fromEntries(headers) })
    expect({ status, text }).toMatchObject({ status: 200 })
    const { buckets } = JSON.parse(text) as { buckets: { bucket: string; tokens: number | null }[] }
    return Object.fromEntries(buckets.map(({ bucket, tokens }) => [bucket, tokens]))
  }
})

function portOf(url: string): number {
  return Number(new URL(url).port)
}

function statusesOf(answers: readonly (Pick<Answer, 'status'> & object)[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
