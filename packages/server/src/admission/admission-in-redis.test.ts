import type { openRedisAdmission, RedisAdmission, RedisStatus } from '@countersign/redis'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openAdmissionInRedis } from './admission-in-redis.ts'
import { threadClocks } from './thread-clocks.ts'

const REQUEST = { accountId: 'a', charges: [] }

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

function setUp(onOutage: 'refuse' | 'divide' = 'refuse') {
  const status = {
    id: 'the-id' as string | undefined,
    isUp: true,
    clockOffsetMs: 1_500,
    isClockOff: false,
    pending: 2,
    calls: 3,
    decided: 5,
    unavailable: 7,
    divided: 11,
  }
  const closed: string[] = []
  const redis: RedisAdmission = {
    admit: async () => ({ outcome: 'admitted' }),
    tokensIn: async () => 42,
    forgetBucketOfKey: async () => undefined,
    status: (): RedisStatus => status,
    [Symbol.asyncDispose]: async () => void closed.push('closed'),
  }
  const given: Parameters<typeof openRedisAdmission>[0][] = []
  const faults: Error[] = []
  const lines: string[] = []
  const open: typeof openRedisAdmission = async (options) => {
    given.push(options)
    const fault = faults.shift()
    if (fault) throw fault
    options.report?.({ kind: 'connected', server: 'r:1' })
    return redis
  }
  const note = (...said: unknown[]) => void lines.push(String(said.at(-1)))
  const options = {
    redis: {
      connection: { kind: 'single', url: 'redis://r' },
      secret: 's',
      onOutage,
      instance: 'node-1',
    },
    clocks: threadClocks(),
    log: { info: note, warn: note } as never,
    thread: 3,
    open,
  } as const
  return { status, closed, given, faults, lines, options }
}

test('a thread has a connection of its own, under its own name', async () => {
  const { options, given, lines, closed, status } = setUp()
  await using admission = await openAdmissionInRedis({ ...options, mayConnectLater: false })
  expect(given).toMatchObject([{ secret: 's', instance: 'node-1/3' }])
  expect(lines).toEqual(['Redis is connected'])
  expect(await admission.admit(REQUEST)).toEqual({ outcome: 'admitted' })
  expect(await admission.tokensIn('a', 'b', { capacity: 1, refillPerSecond: 1 })).toBe(42)
  expect(admission.place()).toBe('redis:the-id')
  status.id = undefined
  expect(admission.place()).toBe('redis')
  await admission[Symbol.asyncDispose]()
  expect(closed).toEqual(['closed'])
})

test('a start needs Redis; a thread that is started again does not, and connects as soon as it can', async () => {
  const { options, faults, lines } = setUp()
  const fault = new Error('not there')
  faults.push(fault, fault, fault, fault)
  await expect(openAdmissionInRedis({ ...options, mayConnectLater: false })).rejects.toThrow(fault)
  await using admission = await openAdmissionInRedis({ ...options, mayConnectLater: true })
  expect(await admission.admit(REQUEST)).toEqual({ outcome: 'unavailable' })
  expect([admission.lacks('data'), admission.tokensIn('a', 'b', { capacity: 1, refillPerSecond: 1 })]).toEqual([
    'Redis',
    undefined,
  ])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(admission.lacks('data')).toBe('Redis')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(admission.lacks('data')).toBeUndefined()
  expect(await admission.admit(REQUEST)).toEqual({ outcome: 'admitted' })
  expect(lines).toEqual(['Redis cannot be used; it is tried again each second', 'Redis is connected'])
})

test('one that is closed before it connected stays closed', async () => {
  const { options, faults, given } = setUp()
  faults.push(new Error('not there'))
  const admission = await openAdmissionInRedis({ ...options, mayConnectLater: true })
  await admission[Symbol.asyncDispose]()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(given).toHaveLength(1)
})

test.each([
  ['refuse', { isUp: false }, 'Redis', 'Redis'],
  // GETs are decided, so a load balancer must not take the node away. Every change needs a claim.
  ['divide', { isUp: false }, undefined, 'Redis'],
  ['divide', { isClockOff: true }, 'clock', 'clock'],
  ['refuse', {}, undefined, undefined],
] as const)(
  'with %s and %j the data plane lacks %s, the control plane %s',
  async (onOutage, changed, data, control) => {
    const { options, status } = setUp(onOutage)
    Object.assign(status, changed)
    await using admission = await openAdmissionInRedis({ ...options, mayConnectLater: false })
    expect([admission.lacks('data'), admission.lacks('control')]).toEqual([data, control])
  },
)

test('calls, outcomes, waiting times, events and the state are metrics', async () => {
  const { options } = setUp()
  await using admission = await openAdmissionInRedis({ ...options, mayConnectLater: false })
  const registry = new Registry()
  admission.measure(registry, 'data')
  await admission.admit(REQUEST)
  const text = await registry.metrics()
  for (const line of [
    'countersign_redis_up{plane="data"} 1',
    'countersign_redis_pending{plane="data"} 2',
    'countersign_redis_clock_offset_seconds{plane="data"} 1.5',
    'countersign_redis_calls_total{plane="data"} 3',
    'countersign_redis_admits_total{plane="data",outcome="decided"} 5',
    'countersign_redis_admits_total{plane="data",outcome="unavailable"} 7',
    'countersign_redis_admits_total{plane="data",outcome="divided"} 11',
    'countersign_redis_events_total{plane="data",kind="connected",problem=""} 1',
    'countersign_redis_admit_duration_seconds_count{plane="data"} 1',
  ]) {
    expect(text).toContain(line)
  }
})
