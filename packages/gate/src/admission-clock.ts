/** The two clocks of an admission. */
export interface AdmissionClocks {
  /** Unix milliseconds. This clock can be set, so it can jump in both directions. */
  readonly wallMs: () => number
  /** Milliseconds since any moment, by a monotonic clock. Buckets fill by it. */
  readonly monotonicMs: () => number
}

/** The clocks of this process. */
export const SYSTEM_CLOCKS: AdmissionClocks = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

/** A difference up to this size is drift or rounding. */
const DRIFT_MS = 1_000
/**
 * A wall clock that jumped ahead is believed after this time, and never before twice the life of a claim. So claims
 * from before the jump and since are still known when the clock is set back.
 */
const BELIEVE_AHEAD_AFTER_MS = 60_000
/** If the wall clock was set back by at most this, the time of claims stands still until it has caught up. */
const STAND_STILL_MS = 30_000

const [CLAIM_TIME, MONOTONIC, AHEAD_SINCE, AHEAD_OFFSET, STARTED, LONGEST_LIFE, NUMBERS] = [0, 1, 2, 3, 4, 5, 6]

/** How many numbers {@link startAdmissionClock} needs. */
export const ADMISSION_CLOCK_NUMBERS = NUMBERS

/**
 * The time of claims, in numbers that threads can share: Unix milliseconds as the wall clock gives them, bounded by the
 * monotonic clock.
 *
 * @param startedAtMs Unix milliseconds since when claims are remembered
 */
export function startAdmissionClock(numbers: Float64Array, clocks: AdmissionClocks, startedAtMs?: number): void {
  const [wallMs, monotonicMs] = [clocks.wallMs(), clocks.monotonicMs()]
  numbers[CLAIM_TIME] = wallMs
  numbers[MONOTONIC] = monotonicMs
  numbers[AHEAD_SINCE] = Number.POSITIVE_INFINITY
  numbers[STARTED] = monotonicMs - (wallMs - (startedAtMs ?? wallMs))
}

/**
 * Moves the time on, and returns the time of claims. An entry that has ended at this time answers `already_used` and
 * may be forgotten. So this time must not run ahead of the right wall clock, as a jump would make it do. And it must
 * not go back, because forgotten signatures would pass again.
 *
 * - The wall clock jumped ahead: it is not believed for a minute, or for twice the life of a claim if that is longer.
 *   Meanwhile claims live longer, and nobody is refused.
 * - It was set back by up to 30 s: time stands still. Signatures by a right clock still end later than that.
 * - It was set back further: time follows at once. Otherwise everybody would be refused for that long. If the clock was
 *   wrong for more than a minute, signatures that were made on it and forgotten can pass again when their time comes.
 */
export function moveAdmissionClock(numbers: Float64Array, wallMs: number, monotonicMs: number): number {
  const last = numbers[CLAIM_TIME] ?? 0
  const elapsedMs = Math.max(0, monotonicMs - (numbers[MONOTONIC] ?? 0))
  numbers[MONOTONIC] = Math.max(monotonicMs, numbers[MONOTONIC] ?? 0)
  let now = Math.max(last, wallMs)
  if (wallMs > last + elapsedMs + DRIFT_MS) {
    const offsetMs = wallMs - monotonicMs
    const isSameJump = Math.abs(offsetMs - (numbers[AHEAD_OFFSET] ?? 0)) <= DRIFT_MS
    numbers[AHEAD_SINCE] = isSameJump ? Math.min(numbers[AHEAD_SINCE] ?? 0, monotonicMs) : monotonicMs
    numbers[AHEAD_OFFSET] = offsetMs
    const believeAfterMs = Math.max(BELIEVE_AHEAD_AFTER_MS, 2 * (numbers[LONGEST_LIFE] ?? 0))
    if (monotonicMs - (numbers[AHEAD_SINCE] ?? 0) < believeAfterMs) now = last + elapsedMs
    else numbers[AHEAD_SINCE] = Number.POSITIVE_INFINITY
  } else {
    numbers[AHEAD_SINCE] = Number.POSITIVE_INFINITY
    if (wallMs < last - STAND_STILL_MS) now = wallMs
  }
  numbers[CLAIM_TIME] = now
  return now
}

/** Notes how long a claim lives, from its signature to its end. The time window sets this; no request does. */
export function noteLife(numbers: Float64Array, lifeMs: number): void {
  if (lifeMs > (numbers[LONGEST_LIFE] ?? 0)) numbers[LONGEST_LIFE] = Math.min(lifeMs, CLAIM_MAX_MS)
}

/** The monotonic time of the last reading of any thread; no reading is behind it. */
export function monotonicTime(numbers: Float64Array): number {
  return numbers[MONOTONIC] ?? 0
}

/**
 * Unix milliseconds since when claims are remembered, by the present wall clock: it may have been wrong at the start.
 */
export function claimsSince(numbers: Float64Array, wallMs: number): number {
  const sinceMs = Math.min(wallMs, numbers[CLAIM_TIME] ?? 0) - ((numbers[MONOTONIC] ?? 0) - (numbers[STARTED] ?? 0))
  // The wall clock has whole milliseconds: a signature from the millisecond of the start counts as made after it.
  return Math.floor(sinceMs)
}

/** A claim ends after a day at the latest, even if the clock was further ahead when it was made. */
export const CLAIM_MAX_MS = 86_400_000
