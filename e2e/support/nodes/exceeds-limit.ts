/** A request that was allowed: it was decided at some time between these two. */
export interface Allowed {
  readonly sentAtMs: number
  readonly answeredAtMs: number
}

/** A token bucket. */
export interface Limit {
  readonly capacity: number
  readonly refillPerSecond: number
}

/**
 * By how many tokens the limit was exceeded in the worst span of time. In each span a bucket gives at most its capacity
 * and what it is refilled. Negative: that much was left.
 */
export function exceedsLimit(allowed: readonly Allowed[], { capacity, refillPerSecond }: Limit): number {
  let worst = Number.NEGATIVE_INFINITY
  // What was sent since the span began, by the time of its answer.
  const answered: number[] = []
  for (const { sentAtMs, answeredAtMs } of allowed.toSorted((a, b) => b.sentAtMs - a.sentAtMs)) {
    const at = answered.findIndex((ms) => ms > answeredAtMs)
    answered.splice(at === -1 ? answered.length : at, 0, answeredAtMs)
    for (const [i, endMs] of answered.entries()) {
      worst = Math.max(worst, i + 1 - capacity - (refillPerSecond * (endMs - sentAtMs)) / 1000)
    }
  }
  return worst
}
