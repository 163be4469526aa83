import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHarness } from '../test/redis-harness.ts'
import { HAS_REDIS, startRedis, type TestRedis } from '../test/redis-server.ts'
import type { RedisEvent } from './redis-event.ts'

describe.runIf(HAS_REDIS)('clocks', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.remove())

  async function setUp() {
    const events: RedisEvent[] = []
    const report = (event: RedisEvent) => void events.push(event)
    const harness = await openHarness({ kind: 'single', url: redis.url }, { report, timeoutMs: 700 })
    const { admission, clock } = harness
    let keys = 0
    const newClaim = () => ({ key: `${keys++}`, signedAtMs: clock.nowMs, untilMs: clock.nowMs + 35_000 })
    const ask = async (claim: ReturnType<typeof newClaim>) =>
      (await admission.admit({ accountId: 'a', claim, charges: [] })).outcome
    const take = async (cost: number) => {
      const charge = { name: 'write', bucket: 'a write', capacity: 100, refillPerSecond: 10, cost }
      return (await admission.admit({ accountId: 'a', charges: [charge] })).outcome
    }
    const kinds = () => events.map(({ kind }) => kind)
    return { ...harness, newClaim, ask, take, kinds, [Symbol.asyncDispose]: () => admission[Symbol.asyncDispose]() }
  }

  test.each([2_000, -2_000])('of Redis set by %i ms: what was signed before is refused once', async (ms) => {
    await using own = await setUp()
    const used = own.newClaim()
    expect(await own.ask(used)).toBe('admitted')
    await own.clock.advance(5_000)
    own.setRedis(ms)
    expect([await own.ask(used), await own.ask(own.newClaim())]).toEqual(['signed_before_start', 'admitted'])
    expect(own.kinds()).toEqual(['connected', 'restarted'])
  })

  test('of Redis set while a sign is under way: the memory counts as new all the same', async () => {
    await using own = await setUp()
    const used = own.newClaim()
    expect(await own.ask(used)).toBe('admitted')
    await own.clock.advance(5_000)
    own.setRedis(2_000)
    const asked = own.ask(used)
    await new Promise(setImmediate)
    const [outcome] = await Promise.all([asked, own.admission.servers.tick()])
    expect(outcome).toBe('signed_before_start')
    expect(own.kinds()).toEqual(['connected', 'restarted'])
  })

  test.each([3_600_000, -3_600_000])(
    'of Redis set by %i ms, and set right: no claim passes twice, no limit is exceeded, and all is well again',
    async (ms) => {
      await using own = await setUp()
      const used = own.newClaim()
      expect([await own.ask(used), await own.take(100)]).toEqual(['admitted', 'admitted'])
      own.setRedis(ms)
      expect([await own.ask(used), await own.ask(own.newClaim()), await own.take(1)]).toEqual([
        'unavailable',
        'unavailable',
        'limited',
      ])
      expect(own.admission.status()).toMatchObject({ isUp: true, isClockOff: true, clockOffsetMs: ms })
      await own.clock.advance(1_000)
      expect([await own.take(10), await own.take(1)]).toEqual(['admitted', 'limited'])
      own.setRedis(-ms)
      await own.admission.servers.tick()
      expect([await own.ask(used), await own.ask(own.newClaim())]).toEqual(['signed_before_start', 'admitted'])
      expect(await own.take(1)).toBe('limited')
      await own.clock.advance(1_000)
      expect([await own.take(10), await own.take(1)]).toEqual(['admitted', 'limited'])
      expect(own.admission.status().isClockOff).toBe(false)
      expect(own.kinds()).toEqual(expect.arrayContaining(['clock_off', 'clock_right']))
    },
  )

  test('of this node set by an hour and set right: others are not touched, and it decides claims again', async () => {
    await using own = await setUp()
    const used = own.newClaim()
    expect(await own.ask(used)).toBe('admitted')
    own.clock.setWall(3_600_000)
    expect(await own.ask(own.newClaim())).toBe('unavailable')
    own.clock.setWall(-3_600_000)
    expect([await own.ask(used), await own.ask(own.newClaim())]).toEqual(['already_used', 'admitted'])
    expect(own.kinds()).toEqual(['connected', 'clock_off', 'clock_right'])
  })

  test('a sign that a full Redis cannot keep is not taken for one thread too many', async () => {
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const events: RedisEvent[] = []
      const report = (event: RedisEvent) => void events.push(event)
      const options = { onOutage: 'divide', secret: 'one', report } as const
      await expect(openHarness({ kind: 'single', url: redis.url }, options)).rejects.toThrow(/OOM/)
      await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
      const { admission } = await openHarness({ kind: 'single', url: redis.url }, options)
      await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
      await admission.servers.tick()
      expect(events.map(({ kind }) => kind)).toEqual(['connected'])
      await admission[Symbol.asyncDispose]()
    } finally {
      await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    }
  })

  test('more threads than maxNodes says get no part of the limits', async () => {
    const events: RedisEvent[] = []
    const report = (event: RedisEvent) => void events.push(event)
    const options = { onOutage: 'divide', maxNodes: 1, secret: 'many', report } as const
    const connection = { kind: 'single', url: redis.url } as const
    const first = await openHarness(connection, { ...options, instance: 'a' })
    const second = await openHarness(connection, { ...options, instance: 'b' })
    expect(events.map(({ kind }) => kind)).toEqual(['connected', 'too_many_nodes', 'connected'])
    await first.admission[Symbol.asyncDispose]()
    await second.admission.servers.tick()
    const third = await openHarness(connection, { ...options, instance: 'c' })
    expect(events.at(-2)?.kind).toBe('too_many_nodes')
    await Promise.all([second, third].map(({ admission }) => admission[Symbol.asyncDispose]()))
  })
})
