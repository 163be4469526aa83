import { expect, it } from 'vitest'
import { clockTime, dateOf, duration, fullTime, relativeTime } from './times.ts'

const NOW = Date.UTC(2026, 10, 25, 14, 2, 7)
const MINUTE = 60_000

it.each([
  [0, 'just now'],
  [-2 * MINUTE, '2 min ago'],
  [-3 * 60 * MINUTE, '3 h ago'],
  [-44 * 24 * 60 * MINUTE, '12 Oct'],
  [-400 * 24 * 60 * MINUTE, '21 Oct 2025'],
  [6 * 24 * 60 * MINUTE + 23 * 60 * MINUTE, 'in 6 d 23 h'],
  [9 * MINUTE + 12_000, 'in 9 min 12 s'],
])('a time %s ms from now is %s', (distance, words) => {
  expect(relativeTime(NOW + distance, NOW, 'utc')).toBe(words)
})

it('tells times and dates in UTC', () => {
  expect(clockTime(NOW, 'utc')).toBe('14:02')
  expect(clockTime(NOW, 'utc', true)).toBe('14:02:07')
  expect(dateOf(NOW, NOW, 'utc')).toBe('25 Nov')
  expect(fullTime(NOW, 'utc')).toBe('25 Nov 2026, 14:02:07 UTC')
})

it.each([
  [0, 'under 1 s'],
  [41_000, '41 s'],
  [3_600_000, '1 h'],
  [86_400_000 + 1_000, '1 d'],
])('%s ms last %s', (ms, words) => {
  expect(duration(ms)).toBe(words)
})
