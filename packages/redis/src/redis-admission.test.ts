import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admissionContract } from '../../gate/test/admission-contract.ts'
import { newClaim, type Opened, open } from '../test/opened.ts'
import { openHarness } from '../test/redis-harness.ts'
import { HAS_REDIS, startCluster, startRedis, type TestRedis } from '../test/redis-server.ts'
import type { RedisConnection } from './connection.ts'
import { Names } from './names.ts'

const CONTRACT = { runs: 8, bound: 'memory', onWrongClock: 'unavailable' } as const

describe.runIf(HAS_REDIS)('admission in Redis', () => {
  let servers: readonly TestRedis[] = []
  beforeAll(async () => {
    servers = [await startRedis()]
  })
  afterAll(() => removeAll(servers))

  contractOf(() => ({ kind: 'single', url: servers[0]?.url ?? '' }))
})

describe.runIf(HAS_REDIS)('admission in a cluster', () => {
  let servers: readonly TestRedis[] = []
  beforeAll(async () => {
    servers = await startCluster()
  })
  afterAll(() => removeAll(servers))

  const cluster = (): RedisConnection => ({ kind: 'cluster', urls: servers.map(({ url }) => url) })
  contractOf(cluster)

  describe('on real clocks', () => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open({ kind: 'cluster', urls: [servers[1]?.url ?? ''] })
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    test('loses a master, and gets it back empty: the others go on, and nothing passes twice', async () => {
      const accounts = Array.from({ length: 30 }, (_, i) => ({ accountId: `account ${i}`, claim: newClaim(-5) }))
      const askAll = async () => {
        const asked = accounts.map(({ accountId, claim }) => opened.admission.admit({ accountId, claim, charges: [] }))
        return new Set((await Promise.all(asked)).map(({ outcome }) => outcome))
      }
      for (const server of servers) await server.ask('CONFIG', 'SET', 'cluster-require-full-coverage', 'no')
      expect(await askAll()).toEqual(new Set(['admitted']))
      await servers[0]?.kill()
      await opened.untilDown()
      expect(await askAll()).toEqual(new Set(['already_used', 'unavailable']))
      await servers[0]?.start()
      await opened.untilUp()
      expect(await askAll()).toEqual(new Set(['already_used', 'signed_before_start']))
    })

    test('a slot moves to another master: its requests follow, and what it held is known', async () => {
      const secret = randomUUID()
      await using moving = await open({ kind: 'cluster', urls: [servers[1]?.url ?? ''] }, { secret })
      const slot = new Names(secret).account('a').slot
      const from = servers[slot <= 5_460 ? 0 : slot <= 10_922 ? 1 : 2]
      const to = servers.find((server) => server !== from)
      const idOf = async (server?: TestRedis) => String(await server?.ask('CLUSTER', 'MYID'))
      await to?.ask('CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', await idOf(from))
      await from?.ask('CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', await idOf(to))
      for (const server of [to, from]) await server?.ask('CLUSTER', 'SETSLOT', `${slot}`, 'NODE', await idOf(to))
      const claim = newClaim(-5)
      expect([await moving.claim(claim), await moving.claim(claim)]).toEqual(['admitted', 'already_used'])
      expect(moving.kinds()).toEqual(['connected'])
      expect(Number(await to?.ask('CLUSTER', 'COUNTKEYSINSLOT', `${slot}`))).toBeGreaterThan(0)
    })

    test('emptied under a live connection: seen after the batch that it decided', async () => {
      const used = newClaim()
      expect(await opened.claim(used)).toBe('admitted')
      for (const server of servers) await server.ask('FLUSHALL')
      expect(await opened.claim(used)).toBe('signed_before_start')
      expect(await opened.claim(newClaim(-5))).toBe('admitted')
    })
  })
})

function contractOf(connection: () => RedisConnection): void {
  let last: AsyncDisposable | undefined
  afterAll(async () => last?.[Symbol.asyncDispose]())

  admissionContract(async (sizes) => {
    await last?.[Symbol.asyncDispose]()
    const harness = await openHarness(connection(), { maxClaims: sizes.maxClaims })
    last = harness.admission
    return harness
  }, CONTRACT)
}

async function removeAll(servers: readonly TestRedis[]): Promise<void> {
  await Promise.all(servers.map((server) => server.remove()))
}
