/** Counts of the time that starts `at`. */
export interface UsagePoint {
  /** Unix milliseconds. */
  readonly at: number
  readonly allowed: number
  readonly refused: number
  readonly limited: number
  readonly fault: number
}

/** Usage over time. */
export interface UsageSeries {
  /** One for every step, the oldest first. */
  readonly points: readonly UsagePoint[]
  readonly stepMs: number
}
