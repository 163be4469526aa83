import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setAccountSuspended } from '../packages/server/src/storage/accounts.ts'
import { setApiKeyState } from '../packages/server/src/storage/change-api-keys.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from './support/given-key.ts'
import { ACCESS, accessHeaders, bootstrapKey } from './support/key-holder.ts'
import { type Asking, askAsNginx, type BothPlanes, type Decided, startBothPlanes } from './support/proxy/data-plane.ts'
import { DIALECTS } from './support/running-server.ts'

const ORDERS = '/trade-api/v2/orders'
const CONNECTIONS = 64
const WIDE = { refillRate: 1e9, capacity: 1e9 }
/** The change feed is read every 250 ms; more than ten times that is long for it, on however busy a machine. */
const FEED_WITHIN_MS = 5_000

describe.each(DIALECTS.flatMap((dialect) => [1, 2].map((workers) => ({ dialect, workers }))))(
  'the data plane over $dialect with $workers threads',
  ({ dialect, workers }) => {
    let planes: BothPlanes
    let alice: GivenKey
    const connections: Asking[] = []

    beforeAll(async () => {
      planes = await startBothPlanes(dialect, {
        workers,
        // Nothing here is refused for being often.
        tiers: { prestige: { read: WIDE, write: WIDE } },
        defaultTier: 'prestige',
        abuse: { failures: 1e6, refillPerSecond: 1e6 },
        rules: [
          { match: 'GET /orders', scope: 'read' },
          { match: 'POST /orders', scope: 'write::trade' },
          { match: 'POST /strict', scope: 'write', replay: 'strict' },
          { match: 'GET /transfers', scope: 'write::transfer' },
        ],
      })
      alice = await givenKey(planes.database, await givenCustomer(planes.database, 'Alice'))
      connections.push(...Array.from({ length: CONNECTIONS }, () => askAsNginx(planes.authorizePort)))
    })
    afterAll(async () => {
      for (const connection of connections) connection.close()
      await planes?.close()
    })

    const another = () => givenKey(planes.database, alice.accountId)

    test('the rules of the settings hold', async () => {
      const [connection] = connections
      const ask = async (method: string, target: string) => (await connection?.ask({ method, target, as: alice }))?.code
      const reader = await givenKey(planes.database, alice.accountId, { scopes: ['read'] })
      expect(await ask('GET', ORDERS)).toBeUndefined()
      expect(await ask('GET', '/elsewhere')).toBe('route_not_allowed')
      expect(await ask('DELETE', ORDERS)).toBe('route_not_allowed')
      const refused = await connection?.ask({ method: 'GET', target: '/trade-api/v2/transfers', as: reader })
      expect(refused).toEqual({ status: 403, code: 'insufficient_scope', details: 'write::transfer' })
    })

    test('no request that starts after the 204 of a delete is allowed, on any of 64 connections', async () => {
      for (let round = 0; round < 3; round++) {
        const victim = await another()
        const { late, allowed } = await callWhile(victim, async () => {
          const path = `/trade-api/v2/api_keys/${victim.keyId}`
          expect((await call(planes, 'DELETE', path, { as: alice })).status).toBe(204)
        })
        expect(allowed).toBeGreaterThan(CONNECTIONS)
        expect(late).toHaveLength(CONNECTIONS * LATE_CALLS)
        expect(late.filter(({ details }) => details !== 'NOT_FOUND')).toEqual([])
      }
    })

    test('a key that deletes itself is refused from the 204 on', async () => {
      const victim = await another()
      const { late } = await callWhile(victim, async () => {
        const path = `/trade-api/v2/api_keys/${victim.keyId}`
        expect((await call(planes, 'DELETE', path, { as: victim })).status).toBe(204)
      })
      expect(late.filter(({ details }) => details !== 'NOT_FOUND')).toEqual([])
    })

    test.each([
      ['revoked', 'API_KEY_REVOKED', { state: 'revoked', reason: 'superseded' }],
      ['disabled', 'API_KEY_DISABLED', { state: 'disabled' }],
    ] as const)('a key %s by another process is refused once the change was read', async (_, details, change) => {
      const victim = await another()
      for (const connection of connections) {
        expect((await connection.ask({ method: 'GET', target: ORDERS, as: victim })).status).toBe(200)
      }
      await inTransaction(planes.database, (trx) =>
        setApiKeyState(trx, victim.accountId, victim.keyId, change, Date.now()),
      )
      await refusedEverywhere(victim, details)
    })

    test('a suspended account likewise, and again allowed after', async () => {
      const victim = await givenKey(planes.database, await givenCustomer(planes.database, 'Mallory'))
      const suspend = (isSuspended: boolean) =>
        inTransaction(planes.database, (trx) => setAccountSuspended(trx, victim.accountId, isSuspended, Date.now()))
      expect((await askAll(victim)).every(({ status }) => status === 200)).toBe(true)
      await suspend(true)
      await refusedEverywhere(victim, 'ACCOUNT_SUSPENDED')
      await suspend(false)
      await eventually(FEED_WITHIN_MS, async () => (await askAll(victim)).every(({ status }) => status === 200))
    })

    test('of 200 copies of one signed order, in every spelling of its base64, exactly one is allowed', async () => {
      const rsa = await bootstrapKey(planes.databaseUrl, 'RSA', 'rsa')
      const headers = accessHeaders(rsa, 'POST', ORDERS)
      const spellings = spellingsOf(headers[ACCESS.signature] ?? '')
      const decided = await Promise.all(
        Array.from({ length: 200 }, (_, i) => {
          const signature = i < 160 ? headers[ACCESS.signature] : spellings[i % spellings.length]
          const copy = { ...headers, [ACCESS.signature]: signature ?? '' }
          return connections[i % CONNECTIONS]?.ask({ method: 'POST', target: ORDERS, headers: copy })
        }),
      )
      expect(decided.filter((one) => one?.status === 200)).toHaveLength(1)
      const others = decided.filter((one) => one?.status !== 200).map((one) => one?.details)
      expect(others.filter((details) => details === 'SIGNATURE_ALREADY_USED')).toHaveLength(159)
      expect(others.filter((details) => details === 'INCORRECT_API_KEY_SIGNATURE')).toHaveLength(40)
    })

    test('of 64 copies of one order signed with Ed25519, one is allowed where the rule is strict', async () => {
      const target = '/trade-api/v2/strict'
      const headers = accessHeaders(alice, 'POST', target)
      const decided = await Promise.all(connections.map((one) => one.ask({ method: 'POST', target, headers })))
      expect(decided.filter(({ status }) => status === 200)).toHaveLength(1)
    })

    test('two orders signed with Ed25519 in one millisecond are both allowed', async () => {
      const headers = accessHeaders(alice, 'POST', ORDERS)
      const decided = await Promise.all(
        connections.slice(0, 2).map((one) => one.ask({ method: 'POST', target: ORDERS, headers })),
      )
      expect(decided.map(({ status }) => status)).toEqual([200, 200])
    })

    /** Calls with a key on all connections, `change`s, and then calls each a few times more. */
    async function callWhile(
      key: GivenKey,
      change: () => Promise<void>,
    ): Promise<{ late: readonly Decided[]; allowed: number }> {
      let isChanged = false
      let allowed = 0
      const late: Decided[] = []
      const callers = connections.map(async (connection) => {
        for (let left = LATE_CALLS; left > 0; ) {
          const startedLate = isChanged
          const decided = await connection.ask({ method: 'GET', target: ORDERS, as: key })
          if (decided.status === 200) allowed++
          if (!startedLate) continue
          late.push(decided)
          left--
        }
      })
      await eventually(10_000, () => allowed > CONNECTIONS)
      await change()
      isChanged = true
      await Promise.all(callers)
      return { late, allowed }
    }

    function askAll(key: GivenKey): Promise<Decided[]> {
      return Promise.all(connections.map((connection) => connection.ask({ method: 'GET', target: ORDERS, as: key })))
    }

    /** Waits until every connection is refused, and then looks that it stays so. */
    async function refusedEverywhere(key: GivenKey, details: string): Promise<void> {
      await eventually(FEED_WITHIN_MS, async () => (await askAll(key)).every((decided) => decided.details === details))
      expect((await askAll(key)).filter((decided) => decided.details !== details)).toEqual([])
    }
  },
)

/** How often each connection calls after the change. */
const LATE_CALLS = 5

/** Other texts that a lenient reader would take for the same bytes. */
function spellingsOf(base64: string): string[] {
  const unpadded = base64.replace(/=+$/, '')
  return [
    unpadded,
    `${base64}=`,
    `${base64} `.replace(' ', '\t='),
    base64.replaceAll('+', '-').replaceAll('/', '_'),
    `${unpadded}\t==`,
    `=${base64}`,
  ]
}
