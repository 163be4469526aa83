import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSenderLimit } from './sender-limit.ts'

const SIZE = { capacity: 3, refillPerSecond: 1 }

test('each sender has a bucket of its own, which asking leaves as it is', () => {
  const limit = createSenderLimit(SIZE)
  for (let i = 0; i < 3; i++) {
    expect([limit.waitMs('a', 0), limit.waitMs('a', 0)]).toEqual([0, 0])
    limit.take('a', 0)
  }
  expect([limit.waitMs('a', 0), limit.waitMs('b', 0)]).toEqual([1_000, 0])
  expect([limit.waitMs('a', 999), limit.waitMs('a', 1_000)]).toEqual([1, 0])
})

test('what costs more waits longer, and takes no more than is there', () => {
  const limit = createSenderLimit(SIZE)
  limit.take('a', 0, 2)
  expect([limit.waitMs('a', 0, 1), limit.waitMs('a', 0, 3)]).toEqual([0, 2_000])
  limit.take('a', 0, 2)
  expect(limit.waitMs('a', 0, 1)).toBe(1_000)
  expect(limit.waitMs('a', 0, 4)).toBe(Number.POSITIVE_INFINITY)
})

test('of more senders than fit, those are forgotten that were seen longest ago', () => {
  const limit = createSenderLimit(SIZE, 2)
  for (const sender of ['a', 'b']) for (let i = 0; i < 3; i++) limit.take(sender, 0)
  expect(limit.waitMs('a', 0)).toBe(1_000)
  limit.take('c', 0)
  expect([limit.waitMs('a', 0), limit.waitMs('b', 0)]).toEqual([1_000, 0])
})

test('a bucket that was emptied on a clock that was ahead fills once the clock is right', () => {
  const limit = createSenderLimit(SIZE)
  for (let i = 0; i < 3; i++) limit.take('a', 3_600_000)
  expect(limit.waitMs('a', 0)).toBe(1_000)
  limit.take('a', 0)
  expect(limit.waitMs('a', 1_000)).toBe(0)
})

test('nobody gets more than the bucket gives, on whatever clock', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 100 }), (steps) => {
      const limit = createSenderLimit(SIZE)
      let [nowMs, taken] = [0, 0]
      for (const step of steps) {
        nowMs += step
        if (limit.waitMs('a', nowMs) > 0) continue
        limit.take('a', nowMs)
        taken++
      }
      expect(taken).toBeLessThanOrEqual(SIZE.capacity + (nowMs * SIZE.refillPerSecond) / 1000)
    }),
  )
})
