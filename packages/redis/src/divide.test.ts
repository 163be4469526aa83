import { randomUUID } from 'node:crypto'
import type { Charge } from '@countersign/gate'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testClock } from '../../gate/test/test-clock.ts'
import { scriptAt } from '../test/redis-harness.ts'
import { HAS_REDIS, startRedis, type TestRedis } from '../test/redis-server.ts'
import { callScript, scriptOf } from './call-script.ts'
import { openWithScript } from './open-redis-admission.ts'
import { ADMISSION_SCRIPT } from './script.ts'
import { connectTo } from './server-connection.ts'

const NOW = 1_703_123_456_789
const NODES = 3
const CHARGE: Charge = { name: 'read', bucket: 'a read', capacity: 30, refillPerSecond: 3, cost: 1 }
const SECOND = 1_000

describe.runIf(HAS_REDIS)('limits while nodes are cut off from Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.remove())

  /** Nodes on one clock that a test moves, each of which can be cut off. */
  async function startNodes() {
    const { clock, clocks } = testClock(NOW)
    const secret = randomUUID()
    const isCut = Array.from({ length: NODES }, () => false)
    const opened = await Promise.all(
      isCut.map((_, node) => {
        const script = scriptAt(() => {
          if (isCut[node]) throw new Error('cut off')
          return clock.nowMs
        })
        const connection = { kind: 'single', url: redis.url } as const
        const own = { connection, secret, clocks, timeoutMs: 3_000, instance: `node ${node}` }
        return openWithScript({ ...own, onOutage: 'divide', maxNodes: NODES }, script)
      }),
    )
    const taken: { readonly atMs: number; readonly cost: number }[] = []
    return {
      isCut,
      taken,
      /** Time passes; each second every node gives a sign, or tries to. */
      async pass(ms: number) {
        for (let left = ms; left > 0; left -= SECOND) {
          await clock.advance(Math.min(left, SECOND))
          await Promise.all(opened.map(({ servers }) => servers.tick()))
        }
      },
      /** One node takes what it gets, at most so much. */
      async take(node: number, most: number) {
        let got = 0
        while (got < most) {
          const outcome = await opened[node]?.admit({ accountId: 'a', charges: [CHARGE] })
          if (outcome?.outcome !== 'admitted') break
          got++
          taken.push({ atMs: clock.nowMs, cost: 1 })
        }
        return got
      },
      async claim(node: number) {
        const claim = { key: randomUUID(), signedAtMs: clock.nowMs, untilMs: clock.nowMs + 35_000 }
        return (await opened[node]?.admit({ accountId: 'a', claim, charges: [] }))?.outcome
      },
      [Symbol.asyncDispose]: async () => {
        isCut.fill(false)
        await Promise.all(opened.map((admission) => admission[Symbol.asyncDispose]()))
      },
    }
  }

  /** In no stretch of time more than the bucket holds and refills in it. */
  function expectWithinLimit(taken: readonly { readonly atMs: number; readonly cost: number }[]): void {
    for (const [i, first] of taken.entries()) {
      let sum = 0
      for (const { atMs, cost } of taken.slice(i)) {
        sum += cost
        const allowed = CHARGE.capacity + ((atMs - first.atMs) * CHARGE.refillPerSecond) / SECOND
        expect(sum, `from ${first.atMs - NOW} to ${atMs - NOW} ms`).toBeLessThanOrEqual(allowed + 1e-6)
      }
    }
  }

  test('each node gives its part, from empty, and claims are not decided', async () => {
    await using nodes = await startNodes()
    expect(await nodes.take(0, 100)).toBe(30)
    nodes.isCut.fill(true)
    await nodes.pass(3 * SECOND)
    expect([await nodes.take(0, 100), await nodes.claim(0)]).toEqual([0, 'unavailable'])
    await nodes.pass(60 * SECOND)
    expect([await nodes.take(0, 100), await nodes.take(1, 100), await nodes.take(2, 100)]).toEqual([10, 10, 10])
    await nodes.pass(5 * SECOND)
    expect(await nodes.take(1, 100)).toBe(5)
    nodes.isCut.fill(false)
    await nodes.pass(2 * SECOND)
    expect(await nodes.claim(0)).toBe('admitted')
    await nodes.pass(60 * SECOND)
    expect(await nodes.take(0, 100)).toBe(30)
    expectWithinLimit(nodes.taken)
  })

  test('one node of three is cut off: its part is set aside for it, and comes back', async () => {
    await using nodes = await startNodes()
    nodes.isCut[2] = true
    await nodes.pass(30 * SECOND)
    expect([await nodes.take(0, 100), await nodes.take(2, 100)]).toEqual([20, 10])
    nodes.isCut[2] = false
    await nodes.pass(30 * SECOND)
    expect(await nodes.take(2, 100)).toBe(30)
    expectWithinLimit(nodes.taken)
  })

  test('one node is cut off, and all take what they get each second: together they get the rate', async () => {
    await using nodes = await startNodes()
    nodes.isCut[2] = true
    for (let second = 0; second < 40; second++) {
      await nodes.pass(SECOND)
      for (const node of [0, 1, 2]) await nodes.take(node, 100)
    }
    expectWithinLimit(nodes.taken)
    expect(nodes.taken.length).toBeGreaterThan(110)
  })

  test.each([
    ['one', [2], 0],
    ['one, of a bucket in use', [2], 1],
    ['all', [0, 1, 2], 0],
    ['all, of a bucket in use', [0, 1, 2], 1],
  ])('%s saved up, and took it just before the way back', async (_, cut, before) => {
    await using nodes = await startNodes()
    await nodes.take(0, before)
    for (const node of cut) nodes.isCut[node] = true
    await nodes.pass(30 * SECOND)
    for (const node of cut) expect(await nodes.take(node, 100)).toBe(10)
    nodes.isCut.fill(false)
    await nodes.pass(2 * SECOND)
    await nodes.take(0, 100)
    expectWithinLimit(nodes.taken)
  })

  test('a sign that comes late is none', async () => {
    const connection = await connectTo({ host: '127.0.0.1', port: redis.port, isTls: false }, () => undefined)
    const keys = ['{late}e', '{late}m']
    const say = async (latestMs: number) => {
      const given = ['hello', 'run', 'replication', '', '0', '0', '0.5', '0.5 me', `${latestMs}`]
      await callScript(connection, scriptOf(ADMISSION_SCRIPT), keys, given)
      return connection.send(['ZCARD', '{late}m'])
    }
    expect([await say(Date.now() - 1_000), await say(Date.now() + 60_000)]).toEqual([0, 1])
    connection.destroy()
  })

  test('whoever is cut off and comes back, whenever: no limit is exceeded', async () => {
    const step = fc.record({
      waitMs: fc.oneof(fc.constant(0), fc.nat(3_000), fc.constantFrom(8_000, 15_000)),
      node: fc.nat(NODES - 1),
      cut: fc.option(fc.boolean()),
      isForAll: fc.integer({ min: 0, max: 4 }).map((it) => it === 0),
      most: fc.oneof(fc.constant(0), fc.constant(5), fc.constant(100)),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20, size: 'max' }), async (steps) => {
        await using nodes = await startNodes()
        for (const { waitMs, node, cut, isForAll, most } of steps) {
          await nodes.pass(waitMs)
          if (cut !== null) {
            if (isForAll) nodes.isCut.fill(cut)
            else nodes.isCut[node] = cut
          }
          await nodes.take(node, most)
          await nodes.take((node + 1) % NODES, most)
        }
        expectWithinLimit(nodes.taken)
      }),
      { numRuns: 6 },
    )
  })
})
