/** Redis' clock as this thread's monotonic clock shows it: learned from each answer, within the time that the answer took. */
export class RedisClock {
  #offsetMs: number | undefined

  /** Unix milliseconds by Redis' clock at a monotonic time; `undefined` before the first answer. */
  at(monotonicMs: number): number | undefined {
    return this.#offsetMs === undefined ? undefined : monotonicMs + this.#offsetMs
  }

  /**
   * Learns from an answer.
   *
   * @param sentMs when the call was sent, by the monotonic clock
   * @returns whether Redis' clock was set since the last answer, by more than a second
   */
  learn(redisMs: number, sentMs: number, cameMs: number): boolean {
    const [least, most] = [redisMs - cameMs, redisMs - sentMs]
    const known = this.#offsetMs
    this.#offsetMs = known === undefined ? (least + most) / 2 : Math.min(most, Math.max(least, known))
    return known !== undefined && Math.abs(this.#offsetMs - known) > SET_BY_MS
  }
}

/** Two clocks do not drift apart by this much between two answers. */
const SET_BY_MS = 1_000
