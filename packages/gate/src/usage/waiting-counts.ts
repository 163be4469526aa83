import type { CountedMinute, LastUse, UsageBatch } from './usage-counter.ts'

/** The most counts that are kept while nothing arrives; some hundred bytes each. */
const MOST_WAITING = 200_000

/** Counts that wait to be sent. Counts of the same minute are added up. */
export class WaitingCounts {
  readonly #minutes = new Map<string, CountedMinute>()
  readonly #uses = new Map<string, LastUse>()
  #lost = 0

  add({ minutes, lastUses }: UsageBatch): void {
    for (const minute of minutes) this.#addMinute(minute)
    for (const use of lastUses) this.#addUse(use)
  }

  /** Removes the oldest counts and last uses, at most `maxRows` of each; `undefined` if none wait. */
  take(maxRows: number): UsageBatch | undefined {
    const minutes = takeFrom(this.#minutes, maxRows)
    const lastUses = takeFrom(this.#uses, maxRows)
    return minutes.length + lastUses.length === 0 ? undefined : { minutes, lastUses }
  }

  /** How many counts were dropped since the last call because too many waited. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }

  #addMinute(minute: CountedMinute): void {
    const place = `${minute.subject} ${minute.id} ${minute.at}`
    const before = this.#minutes.get(place)
    if (!before && this.#minutes.size >= MOST_WAITING) this.#lost++
    else this.#minutes.set(place, before ? sum(before, minute) : minute)
  }

  #addUse(use: LastUse): void {
    const before = this.#uses.get(use.keyId)
    if (before ? use.at >= before.at : this.#uses.size < MOST_WAITING) this.#uses.set(use.keyId, use)
  }
}

function takeFrom<Value>(map: Map<string, Value>, most: number): Value[] {
  const taken = [...map].slice(0, most)
  for (const [place] of taken) map.delete(place)
  return taken.map(([, value]) => value)
}

function sum(a: CountedMinute, b: CountedMinute): CountedMinute {
  return {
    ...a,
    allowed: a.allowed + b.allowed,
    refused: a.refused + b.refused,
    limited: a.limited + b.limited,
    fault: a.fault + b.fault,
  }
}
