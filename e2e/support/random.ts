import { randomInt } from 'node:crypto'

/** Random numbers that can be had again: the same seed gives the same ones. */
export interface Random {
  readonly seed: number
  /** From 0 up to, not including, 1. */
  fraction(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** Any one of them. */
  pick<Item>(items: readonly Item[]): Item
}

/** A generator (mulberry32) whose seed is `COUNTERSIGN_TEST_SEED`, or a new one that the caller prints. */
export function createRandom(seed = Number(process.env.COUNTERSIGN_TEST_SEED ?? randomInt(2 ** 31))): Random {
  let state = seed
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1))
  return {
    seed,
    fraction,
    between,
    pick(items) {
      const item = items[between(0, items.length - 1)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}
