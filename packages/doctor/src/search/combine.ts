import type { CauseCode } from '../causes.ts'

/** One choice. The right choice has weight 0 and no cause. A heavier one is seen less often. */
export interface Choice<Value> {
  readonly value: Value
  readonly weight: number
  readonly cause?: CauseCode
}

/** One value from each list of choices, with at most two of them wrong. */
export interface Combination<Values extends readonly unknown[]> {
  readonly values: Values
  /** The likeliest first. */
  readonly causes: readonly CauseCode[]
}

/** The extra weight of a second mistake: single mistakes come before pairs, except the rarest. */
const PAIR_WEIGHT = 12

/**
 * All combinations with no, one or two wrong values, the likeliest first, none heavier than `maxWeight`. The first
 * choice of each list is the right one.
 */
export function combine<Values extends readonly unknown[]>(
  lists: { readonly [I in keyof Values]: readonly Choice<Values[I]>[] },
  maxWeight: number,
): Combination<Values>[] {
  const choices = lists as readonly (readonly Choice<unknown>[])[]
  const right = choices.map(([first]) => first?.value)
  const wrong = choices
    .flatMap((list, place) => list.slice(1).map((choice) => ({ place, choice })))
    .filter(({ choice }) => choice.weight <= maxWeight)
    .sort((a, b) => a.choice.weight - b.choice.weight)
  const weighed: { weight: number; changes: readonly (typeof wrong)[number][] }[] = [{ weight: 0, changes: [] }]
  for (const [i, one] of wrong.entries()) {
    weighed.push({ weight: one.choice.weight, changes: [one] })
    for (let j = i + 1; j < wrong.length; j++) {
      const other = wrong[j]
      if (!other || other.place === one.place) continue
      const weight = one.choice.weight + other.choice.weight + PAIR_WEIGHT
      if (weight > maxWeight) break
      weighed.push({ weight, changes: [one, other] })
    }
  }
  weighed.sort((a, b) => a.weight - b.weight)
  return weighed.map(({ changes }) => {
    const values = [...right]
    for (const { place, choice } of changes) values[place] = choice.value
    const causes = changes.flatMap(({ choice }) => choice.cause ?? [])
    return { values: values as unknown as Values, causes: [...new Set(causes)] }
  })
}
