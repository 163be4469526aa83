import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedMap } from './bounded-map.ts'

const LIMIT = 4

/** The same, as plainly as it can be written: the least recently used first. */
class Model {
  entries: [key: string, value: number][] = []

  use(key: string): number | undefined {
    const entry = this.entries.find(([name]) => name === key)
    if (entry) this.entries = [...this.entries.filter((it) => it !== entry), entry]
    return entry?.[1]
  }

  set(key: string, value: number): void {
    this.entries = [...this.entries.filter(([name]) => name !== key), [key, value] as [string, number]].slice(-LIMIT)
  }
}

test('holds the last that were used, and no more, whatever is set, read, looked at and deleted', () => {
  const key = fc.constantFrom(...'abcdefg')
  const doing = (...whats: ('set' | 'get' | 'peek' | 'delete' | 'deleteWhere' | 'clear')[]) =>
    fc.record({ what: fc.constantFrom(...whats), key, value: fc.nat(9) })
  // Seldom emptied, so that it is full most of the time.
  const step = fc.oneof(
    { weight: 60, arbitrary: doing('set', 'set', 'set', 'get', 'peek', 'delete') },
    { weight: 2, arbitrary: doing('deleteWhere', 'clear') },
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
      const [map, model] = [new BoundedMap<number>(LIMIT), new Model()]
      for (const { what, key: name, value } of steps) {
        if (what === 'set') {
          map.set(name, value)
          model.set(name, value)
        } else if (what === 'get') expect(map.get(name)).toBe(model.use(name))
        else if (what === 'delete') {
          map.delete(name)
          model.entries = model.entries.filter(([known]) => known !== name)
        } else if (what === 'deleteWhere') {
          map.deleteWhere((kept) => kept === value)
          model.entries = model.entries.filter(([, kept]) => kept !== value)
        } else if (what === 'clear') {
          map.clear()
          model.entries = []
        }
        expect(map.size).toBe(model.entries.length)
        for (const other of 'abcdefg') {
          expect(map.peek(other)).toBe(model.entries.find(([known]) => known === other)?.[1])
        }
      }
    }),
    { numRuns: 500 },
  )
})
