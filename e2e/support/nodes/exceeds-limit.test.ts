import { expect, test } from 'vitest'
import { exceedsLimit } from './exceeds-limit.ts'

const LIMIT = { capacity: 3, refillPerSecond: 1 }
const at = (...ms: number[]) => ms.map((time) => ({ sentAtMs: time, answeredAtMs: time }))

test('a burst of the capacity, and one more each second, use a limit up', () => {
  expect(exceedsLimit(at(0, 0, 0), LIMIT)).toBe(0)
  expect(exceedsLimit(at(0, 0, 0, 1_000, 2_000), LIMIT)).toBe(0)
  expect(exceedsLimit(at(0, 10_000, 10_000, 10_000), LIMIT)).toBe(0)
})

test('a second burst is found though few were allowed over the whole time', () => {
  expect(exceedsLimit(at(0, 60_000, 60_000, 60_000, 60_000, 60_000), LIMIT)).toBe(2)
})

test('what may have been decided at any time between its two counts only where it must', () => {
  expect(exceedsLimit([...at(5_000, 5_000, 5_000), { sentAtMs: 0, answeredAtMs: 5_000 }], LIMIT)).toBe(0)
})
