import { createLogger, DEFAULT_SETTINGS, type RunningServer, type Settings, startServer } from '@countersign/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { migrate } from '../packages/server/src/storage/migrate.ts'
import { readUsage, STEP_MS, totalUsage, type UsageSubject } from '../packages/server/src/storage/usage.ts'
import { type FreshDatabase, freshDatabase } from '../packages/server/test/fresh-database.ts'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from './support/given-key.ts'
import { accessHeaders, type KeyHolder } from './support/key-holder.ts'
import { DIALECTS } from './support/running-server.ts'
import { startServerProcess } from './support/server-process.ts'

const EVER = { step: 'day', fromMs: 0, toMs: Number.MAX_SAFE_INTEGER } as const
const NONE = { allowed: 0, refused: 0, limited: 0, fault: 0 }

describe.each(DIALECTS)('usage (%s)', (dialect) => {
  let fresh: FreshDatabase
  let database: Database
  let accountId: string
  let key: GivenKey
  let narrow: GivenKey

  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    database = await openDatabase(fresh.url)
    await migrate(database, Date.now())
    accountId = await givenCustomer(database, 'Alice')
    key = await givenKey(database, accountId)
    narrow = await givenKey(database, accountId, { scopes: ['read'] })
  })
  afterEach(async () => {
    await database?.close()
    await fresh?.remove()
  })

  test('is what was decided: over two threads, both planes and a restart, to the last decision', async () => {
    const expected = { key: { ...NONE }, narrow: { ...NONE }, unproven: 0 }
    for (let start = 0; start < 2; start++) {
      const server = await startHere(2)
      const ports = portsOf(server)
      const questions = Array.from({ length: 40 }, (_, i) => i)
      await Promise.all(
        questions.map(async (i) => {
          if (i % 5 === 0) {
            expect(await ask(ports.data, narrow, 'POST')).toBe(403)
            expected.narrow.refused++
          } else if (i % 5 === 1) {
            expect(await ask(ports.data, { keyId: key.keyId, privateKey: narrow.privateKey }, 'GET')).toBe(401)
            expected.unproven++
          } else if (i % 5 === 2) {
            expect(await list(ports.control, key)).toBe(200)
            expected.key.allowed++
          } else {
            expect(await ask(ports.data, key, 'GET')).toBe(200)
            expected.key.allowed++
          }
        }),
      )
      await server.close()
      expect(await countsOf('key', key.keyId)).toEqual(expected.key)
      expect(await countsOf('key', narrow.keyId)).toEqual(expected.narrow)
      expect(await countsOf('account', accountId)).toEqual({
        ...NONE,
        allowed: expected.key.allowed,
        refused: expected.narrow.refused,
      })
      expect(await countsOf('code', 'signature_incorrect')).toEqual({ ...NONE, refused: expected.unproven })
      expect(await countsOf('code', 'allowed')).toEqual({ ...NONE, allowed: expected.key.allowed })
    }
    for (const step of ['minute', 'hour'] as const) {
      const points = await readUsage(database.kysely, 'key', key.keyId, { ...EVER, step })
      expect(points.reduce((sum, { allowed }) => sum + allowed, 0)).toBe(expected.key.allowed)
      expect(points.every(({ at }) => at % STEP_MS[step] === 0)).toBe(true)
    }
  })

  test('a server that is killed loses what it had not written, and nothing else; nothing counts twice', async () => {
    const first = await startServerProcess({ databaseUrl: fresh.url })
    for (let i = 0; i < 10; i++) expect(await list(Number(new URL(first.url).port), key)).toBe(200)
    await eventually(20_000, async () => (await countsOf('key', key.keyId)).allowed === 10)
    for (let i = 0; i < 5; i++) expect(await list(Number(new URL(first.url).port), key)).toBe(200)
    first.kill()
    await first.ended
    const { allowed } = await countsOf('key', key.keyId)
    expect(allowed).toBeGreaterThanOrEqual(10)
    expect(allowed).toBeLessThanOrEqual(15)

    const second = await startHere(1, 'control')
    expect(await list(Number(new URL(second.url).port), key)).toBe(200)
    await second.close()
    expect((await countsOf('key', key.keyId)).allowed).toBe(allowed + 1)
  })

  function startHere(workers: number, plane: Settings['plane'] = 'both'): Promise<RunningServer> {
    const settings = { ...DEFAULT_SETTINGS, port: 0, authorizePort: 0, logLevel: 'silent', workers, plane } as const
    return startServer({ ...settings, databaseUrl: fresh.url }, createLogger('silent'))
  }

  async function countsOf(subject: UsageSubject, id: string) {
    const [total] = await totalUsage(database.kysely, subject, [id], EVER)
    const { id: _, ...counts } = total ?? { id, ...NONE }
    return counts
  }
})

function portsOf({ url, authorizeUrl = '' }: RunningServer) {
  return { control: Number(new URL(url).port), data: Number(new URL(authorizeUrl).port) }
}

/** The status of the answer to a question as nginx asks it. */
async function ask(port: number, holder: KeyHolder, method: string): Promise<number> {
  const headers = {
    'X-Original-Method': method,
    'X-Original-URI': '/orders',
    'X-Forwarded-For': '203.0.113.7',
    ...accessHeaders(holder, method, '/orders'),
  }
  return (await call({ port }, 'GET', '/authorize', { headers })).status
}

async function list(port: number, holder: KeyHolder): Promise<number> {
  const target = '/trade-api/v2/api_keys'
  return (await call({ port }, 'GET', target, { headers: accessHeaders(holder, 'GET', target) })).status
}
