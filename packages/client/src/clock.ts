/** A clock that a server's answer can put right. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** How far it was corrected, in milliseconds. */
  offsetMs(): number
  /**
   * Goes by a `Date` header from now on. False where that is no date, or one that is more than a day away: whoever could move
   * the clock at will would be handed signatures for another day.
   */
  correct(date: string | null | undefined): boolean
}

const MAX_CORRECTION_MS = 24 * 3_600_000

/** `Date` has whole seconds: a smaller difference is none. */
const PRECISION_MS = 1_000

/** A clock that goes as another one until it is corrected. */
export function createClock(base: () => number): Clock {
  let offsetMs = 0
  return {
    now: () => base() + offsetMs,
    offsetMs: () => offsetMs,
    correct(date) {
      const middleOfSecond = Date.parse(date ?? '') + PRECISION_MS / 2
      const toldMs = Math.round(middleOfSecond - base())
      if (!(Math.abs(toldMs) <= MAX_CORRECTION_MS)) return false
      if (Math.abs(toldMs - offsetMs) > PRECISION_MS) offsetMs = toldMs
      return true
    },
  }
}
