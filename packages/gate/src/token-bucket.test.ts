import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterTaking, type BucketState, fullAtMs, holdsEnough, tokensAt, waitMs } from './token-bucket.ts'

const SIZE = { capacity: 100, refillPerSecond: 10 }
const NOW = 1_703_123_456_789

test('a bucket that nobody took from is full', () => expect(tokensAt(undefined, SIZE, NOW)).toBe(100))

test('a bucket refills continuously, up to its capacity', () => {
  const state = { tokens: 0, atMs: NOW }
  expect([0, 1, 50, 100, 9_999, 10_000, 1e9].map((ms) => tokensAt(state, SIZE, NOW + ms))).toEqual([
    0, 0.01, 0.5, 1, 99.99, 100, 100,
  ])
})

test('a clock that went back refills nothing, takes nothing away, and refills nothing twice', () => {
  const state = { tokens: 5, atMs: NOW }
  expect(tokensAt(state, SIZE, NOW - 60_000)).toBe(5)
  const after = afterTaking(state, 5, 2, NOW - 60_000)
  expect(after).toEqual({ tokens: 3, atMs: NOW })
  expect(tokensAt(after, SIZE, NOW)).toBe(3)
})

test.each([
  [0, 10, 1_000],
  [9.5, 10, 50],
  [0, 1, 100],
  [0, 1 / 3, 34],
  [0.1 + 0.2 - 0.3, 10, 1_000],
  [10, 10, 0],
  [10 - 1e-14, 10, 0],
  [10 - 1e-6, 10, 1],
  [50, 10, 0],
])('a bucket that holds %d can give %d after %d ms', (tokens, cost, wait) => {
  expect(waitMs(tokens, cost, SIZE)).toBe(wait)
  expect(holdsEnough(tokens, cost, SIZE)).toBe(wait === 0)
})

test.each([
  [101, SIZE],
  [1, { capacity: 100, refillPerSecond: 0 }],
])('a cost of %d that %o never holds has no end of waiting', (cost, size) => {
  expect(waitMs(0, cost, size)).toBe(Number.POSITIVE_INFINITY)
})

test('a bucket is full when it says so, and not before', () => {
  expect(fullAtMs({ tokens: 0, atMs: NOW }, SIZE)).toBe(NOW + 10_000)
  expect(fullAtMs({ tokens: 100, atMs: NOW }, SIZE)).toBe(NOW)
  expect(fullAtMs({ tokens: 0, atMs: NOW }, { capacity: 1, refillPerSecond: 0 })).toBe(Number.POSITIVE_INFINITY)
})

test('after exactly the wait there is enough, and a millisecond earlier there was not', () => {
  const size = fc.record({
    capacity: fc.oneof(fc.integer({ min: 1, max: 30_000 }), fc.double({ min: 0.5, max: 1e6, noNaN: true })),
    refillPerSecond: fc.oneof(
      fc.integer({ min: 1, max: 20_000 }),
      fc.double({ min: 0.01, max: 1e5, noNaN: true }),
      fc.constantFrom(1 / 3, 0.1, 7.7),
    ),
  })
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(size, part, part, fc.nat(100_000), (size, held, wanted, agoMs) => {
      const cost = wanted * size.capacity
      const state: BucketState = { tokens: held * size.capacity, atMs: NOW - agoMs }
      const tokens = tokensAt(state, size, NOW)
      fc.pre(!holdsEnough(tokens, cost, size))
      const wait = waitMs(tokens, cost, size)
      return (
        Number.isInteger(wait) &&
        holdsEnough(tokensAt(state, size, NOW + wait), cost, size) &&
        tokensAt(state, size, NOW + wait - 1) < cost
      )
    }),
    { numRuns: 10_000 },
  )
})
