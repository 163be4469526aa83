import { expect, test } from 'vitest'
import { createDiagnosisBudget } from './diagnosis-budget.ts'

/** How many of so many may be looked into. */
function taken(
  budget: ReturnType<typeof createDiagnosisBudget>,
  times: number,
  of: (i: number) => [string, string],
  at = 0,
) {
  return Array.from({ length: times }, (_, i) => budget.take(...of(i), at)).filter(Boolean).length
}

test('ten of an address and key, and one more each ten seconds', () => {
  const budget = createDiagnosisBudget()
  expect(taken(budget, 40, () => ['203.0.113.7', 'k'])).toBe(10)
  expect(taken(budget, 40, () => ['203.0.113.7', 'k'], 9_999)).toBe(0)
  expect(taken(budget, 40, () => ['203.0.113.7', 'k'], 10_000)).toBe(1)
})

test('twenty of an address, whatever keys it names, and none of the other ones of its /64', () => {
  const budget = createDiagnosisBudget()
  expect(taken(budget, 40, (i) => ['203.0.113.7', `k${i}`])).toBe(20)
  expect(taken(budget, 40, (i) => [`2001:db8::${i}`, `k${i}`])).toBe(20)
  expect(budget.take('2001:db8:0:1::1', 'k', 0)).toBe(true)
})

test('four hundred of all together, and ten more each second; what costs more counts for more', () => {
  const budget = createDiagnosisBudget()
  expect(taken(budget, 500, (i) => [`10.0.${i >> 8}.${i & 255}`, 'k'])).toBe(400)
  expect(taken(budget, 500, (i) => [`10.1.${i >> 8}.${i & 255}`, 'k'], 1_000)).toBe(10)
  expect(budget.take('10.2.0.1', 'k', 1_999, 10)).toBe(false)
  expect(budget.take('10.2.0.1', 'k', 2_000, 10)).toBe(true)
})

test('nobody uses up the share of others with the same key', () => {
  const budget = createDiagnosisBudget()
  taken(budget, 40, () => ['203.0.113.7', 'k'])
  expect(budget.take('203.0.113.8', 'k', 0)).toBe(true)
})

test('holds so many entries and no more', () => {
  const budget = createDiagnosisBudget()
  const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
  taken(budget, 10, () => [address(0), 'k'])
  expect(budget.take(address(0), 'k', 0)).toBe(false)
  for (let i = 1; i <= 20_000; i++) budget.take(address(i), 'k', i * 100)
  expect(taken(budget, 20, () => [address(0), 'k'], 2_000_000)).toBe(10)
})
