import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'
import { shareConnections } from './share-connections.ts'

const settings = (parts: Partial<Settings>): Settings => ({
  ...DEFAULT_SETTINGS,
  databaseUrl: 'postgres://db',
  ...parts,
})

test.each<[Partial<Settings>, number, number]>([
  [{}, 14, 2],
  [{ workers: 4 }, 5, 2],
  [{ workers: 6 }, 6, 1],
  [{ workers: 12 }, 2, 1],
  [{ plane: 'control' }, 17, 2],
  [{ plane: 'data', workers: 3 }, 11, 2],
  [{ database: { maxConnections: 6 } }, 2, 1],
])('%j: %i for the main thread, %i for the look-ups of each', (parts, main, lookups) => {
  expect(shareConnections(settings(parts))).toEqual({ main, lookups })
})

test('all parts together open no more than the setting, and each at least what it needs', () => {
  const plane = fc.constantFrom<Settings['plane']>('both', 'control', 'data')
  fc.assert(
    fc.property(fc.integer({ min: 6, max: 200 }), fc.integer({ min: 1, max: 64 }), plane, (max, workers, plane) => {
      const threads = (plane === 'control' ? 0 : workers) + (plane === 'data' ? 0 : 1)
      const wanted = settings({ plane, workers, database: { maxConnections: max } })
      if (max < 2 * threads + 2) {
        expect(() => shareConnections(wanted)).toThrow(`must be at least ${2 * threads + 2}`)
        return
      }
      const { main, lookups } = shareConnections(wanted)
      expect(main).toBeGreaterThanOrEqual(2)
      expect(lookups).toBeGreaterThanOrEqual(1)
      expect(main + threads * (lookups + 1)).toBe(max)
    }),
  )
})
