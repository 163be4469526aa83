import { afterEach, describe, expect, test } from 'vitest'
import { deleteApiKey } from '../packages/server/src/storage/change-api-keys.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { type AskedServer, startAskedServer } from './support/asked-server.ts'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { givenKey } from './support/given-key.ts'
import { DIALECTS } from './support/running-server.ts'
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts'

const KEYS = '/trade-api/v2/api_keys'
const NOT_FOUND = '{"error":{"code":"authentication_error","message":"authentication_error","details":"NOT_FOUND"}}'
const WIDE = { refillRate: 1e9, capacity: 1e9 }
const UNAVAILABLE = '{"error":{"code":"service_unavailable","message":"service unavailable"}}'

let server: AskedServer | undefined
afterEach(() => server?.close())

describe.each(DIALECTS)('a deletion (%s)', (dialect) => {
  test.each([1, 2])(
    'holds for every request that starts after its 204, with %d threads and 64 callers',
    async (workers) => {
      // Nothing here is refused for being often, however fast the machine.
      const tiers = { prestige: { read: WIDE, write: WIDE } }
      server = await startAskedServer(dialect, { settings: { workers, tiers, defaultTier: 'prestige' } })
      const { customer, ask, port, database } = server
      const key = await givenKey(database, customer.accountId)
      let isDeleted = false
      let allowedBefore = 0
      const wrong: unknown[] = []
      const callers = Array.from({ length: 64 }, async () => {
        for (let refused = 0; refused < 3; ) {
          const startsAfter = isDeleted
          const said = await ask({ as: key })
          if (said.status === 200 && !startsAfter) allowedBefore++
          else if (said.status === 200) wrong.push('allowed after the 204')
          else if (said.status === 401 && said.refusal === NOT_FOUND) refused++
          else wrong.push(said)
          if (wrong.length > 0) return
        }
      })
      await eventually(10_000, () => allowedBefore > 200)
      expect((await call({ port }, 'DELETE', `${KEYS}/${key.keyId}`, { as: customer })).status).toBe(204)
      isDeleted = true
      await Promise.all(callers)

      expect(wrong).toEqual([])
      expect((await ask({ as: customer })).status).toBe(200)
    },
  )

  test('by another process holds soon after', async () => {
    server = await startAskedServer(dialect)
    const { customer, ask, database } = server
    const key = await givenKey(database, customer.accountId)
    expect((await ask({ as: key })).status).toBe(200)
    await inTransaction(database, (trx) => deleteApiKey(trx, key.accountId, key.keyId, Date.now()))
    await eventually(10_000, async () => (await ask({ as: key })).status === 401)
    expect(await ask({ as: key })).toMatchObject({ status: 401, refusal: NOT_FOUND })
  })
})

describe('a PostgreSQL that is gone', () => {
  let proxy: TcpProxy | undefined
  afterEach(async () => {
    await proxy?.cut()
    await server?.close()
    server = undefined
  })

  /** Leads the server to its database by a proxy. */
  async function route(databaseUrl: string): Promise<string> {
    const url = new URL(databaseUrl)
    proxy = await startTcpProxy(Number(url.port))
    url.port = `${proxy.port}`
    return url.href
  }

  test('and silent leaves cached keys in use all the same: no request waits for its time limits', async () => {
    // Free requests: a quick machine asks more than any tier allows.
    server = await startAskedServer('postgres', { route, settings: { defaultCost: 0 } })
    const { ask, customer, database } = server
    const unseen = await givenKey(database, customer.accountId)
    expect((await ask({ as: customer })).status).toBe(200)

    proxy?.stall()
    // Past the 2 s for which the last poll vouches, into the time in which each use asks the database.
    const untilMs = Date.now() + 5_000
    let answered = 0
    for (; Date.now() < untilMs; answered++) expect((await ask({ as: customer })).status).toBe(200)
    // Of one that waits for the limit of a query, 12 s, there is one.
    expect(answered).toBeGreaterThan(5)
    expect(await ask({ as: unseen })).toMatchObject({ status: 503, refusal: UNAVAILABLE })
  })

  test('leaves cached keys in use for the stated time, then the answer is 503, until it is back', async () => {
    server = await startAskedServer('postgres', {
      settings: { maxStalenessMs: 3_000 },
      route,
    })
    const { customer, ask, database } = server
    const unseen = await givenKey(database, customer.accountId)
    expect((await ask({ as: customer })).status).toBe(200)

    await proxy?.cut()
    const first = await ask({ as: unseen })
    expect(first).toMatchObject({ status: 503, refusal: UNAVAILABLE })
    expect(first.retryAfter).toMatch(/^[1-9]\d*$/)
    const seen = new Set<number>()
    await eventually(20_000, async () => {
      const { status } = await ask({ as: customer })
      seen.add(status)
      return status !== 200
    })
    expect([...seen].filter((status) => status !== 200)).toEqual([503])
    expect(await ask({ as: customer })).toMatchObject({ status: 503, refusal: UNAVAILABLE })

    await proxy?.restore()
    await eventually(20_000, async () => (await ask({ as: customer })).status === 200)
    await eventually(20_000, async () => (await ask({ as: unseen })).status === 200)
  })
})
