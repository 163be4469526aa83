import { expect, test } from 'vitest'
import { isCounted } from './is-counted.ts'

const claim = { key: 'k', signedAtMs: 1_000, untilMs: 36_000 }
const charge = { name: 'write', bucket: 'a write', capacity: 300, refillPerSecond: 20, cost: 10 }

test('a claim is counted unless a bucket of the tier gives out no more than the share while it lives', () => {
  const ask = (share: number, ...charges: (typeof charge & { isOfKey?: boolean })[]) =>
    isCounted({ accountId: 'a', claim, charges }, share)
  // (300 + 20 x 35) / 10 requests.
  expect([ask(100, charge), ask(99, charge)]).toEqual([false, true])
  expect([ask(100), ask(100, { ...charge, isOfKey: true }), ask(100, { ...charge, cost: 0 })]).toEqual([
    true,
    true,
    true,
  ])
  expect(ask(100, { ...charge, capacity: 1e9 }, charge)).toBe(false)
  expect(isCounted({ accountId: 'a', charges: [] }, 100)).toBe(false)
})
