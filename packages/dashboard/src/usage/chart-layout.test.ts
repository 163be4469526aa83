import { describe, expect, it, test } from 'vitest'
import { layOut, stack, stepByKey, stepLabel, ticksOf } from './chart-layout.ts'
import type { UsagePoint } from './usage-point.ts'

const HOUR = 3_600_000
const MIDNIGHT = Date.UTC(2026, 10, 28)
const point = (parts: Partial<UsagePoint>): UsagePoint => ({
  at: MIDNIGHT,
  allowed: 0,
  refused: 0,
  limited: 0,
  fault: 0,
  ...parts,
})
const DAY = Array.from({ length: 24 }, (_, i) => point({ at: MIDNIGHT + i * HOUR, allowed: i * 10, refused: i % 3 }))

describe('layOut', () => {
  it('gives each scale its own largest count', () => {
    expect(layOut(DAY, 480)).toEqual({ width: 480, slot: 20, bar: 18, most: 230, mostNot: 2 })
  })

  it('keeps a bar of one pixel where there is little room, and scales above 0 where nothing happened', () => {
    expect(layOut([point({}), point({})], 1)).toEqual({ width: 1, slot: 0.5, bar: 1, most: 1, mostNot: 1 })
    expect(layOut([], 480)).toMatchObject({ slot: 0, bar: 1 })
  })
})

describe('stack', () => {
  const OTHERS = ['refused', 'limited', 'fault'] as const

  it('stacks from the bottom, and leaves out what is 0', () => {
    expect(stack(point({ refused: 30, fault: 10 }), OTHERS, 44, 40)).toEqual([
      { name: 'refused', y: 14, height: 30 },
      { name: 'fault', y: 4, height: 10 },
    ])
  })

  it('shows one among very many', () => {
    expect(stack(point({ refused: 1 }), OTHERS, 56, 184_210)).toEqual([{ name: 'refused', y: 53, height: 3 }])
  })
})

test.each([
  ['ArrowLeft', undefined, 22],
  ['ArrowLeft', 0, 0],
  ['ArrowRight', 5, 6],
  ['ArrowRight', 23, 23],
  ['Home', 12, 0],
  ['End', 12, 23],
  ['a', 12, undefined],
])('%s at step %s leads to %s', (key, at, step) => {
  expect(stepByKey(key, at, 24)).toBe(step)
})

test('ticks start and end at the edges, and none is written twice', () => {
  const ticks = ticksOf(DAY, 480)
  expect(ticks.map(({ at }) => (at - MIDNIGHT) / HOUR)).toEqual([0, 8, 15, 23])
  expect(ticks.map(({ anchor }) => anchor)).toEqual(['start', 'middle', 'middle', 'end'])
  expect([ticks.at(0)?.x, ticks.at(-1)?.x]).toEqual([0, 480])
  expect(ticksOf(DAY.slice(0, 1), 480)).toHaveLength(1)
})

test.each([
  [MIDNIGHT, HOUR, false, '28 Nov'],
  [MIDNIGHT + HOUR, HOUR, false, '01:00'],
  [MIDNIGHT + HOUR, HOUR, true, '28 Nov 01:00'],
  [MIDNIGHT, 60_000, false, '00:00'],
  [MIDNIGHT, 24 * HOUR, true, '28 Nov'],
])('%d in steps of %d ms (whole: %s) is %s', (at, stepMs, isWhole, text) => {
  expect(stepLabel(at, stepMs, 'utc', isWhole)).toBe(text)
})
