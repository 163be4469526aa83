/** A clock that a server's answer can correct. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Its correction, in milliseconds. */
  offsetMs(): number
  /**
   * Follows a `Date` header from now on. False if it is not a date, or more than a day away: anyone who could move the
   * clock further would get signatures for another day.
   */
  correct(date: string | null | undefined): boolean
}

const MAX_CORRECTION_MS = 24 * 3_600_000

/** `Date` has whole seconds, so smaller differences do not count. */
const PRECISION_MS = 1_000

/** A clock that follows another one until it is corrected. */
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
