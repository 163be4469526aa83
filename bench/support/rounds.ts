/** The middle value: of a few rounds, the one that neither a pause nor a lucky moment made. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

/** The value that so large a part (0 to 1) of the values does not exceed. */
export function percentile(values: readonly number[] | Float64Array, part: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

/** What each of several candidates measured, a value a round. */
export type Measured<Name extends string, Value> = Readonly<Record<Name, readonly Value[]>>

/**
 * Measures candidates in turn, so many rounds, each round in the opposite order of the one before: whatever else the
 * machine does meanwhile does it to all of them. More rounds before those warm up and are not counted.
 */
export async function interleave<Name extends string, Value>(
  rounds: number,
  candidates: Readonly<Record<Name, () => Value | Promise<Value>>>,
  warmUpRounds = 1,
): Promise<Measured<Name, Value>> {
  const names = Object.keys(candidates) as Name[]
  const measured = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<Name, Value[]>
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await candidates[name]()
      if (round >= 0) measured[name].push(value)
    }
  }
  return measured
}
