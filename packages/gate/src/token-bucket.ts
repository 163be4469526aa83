/** What a bucket holds and how fast it fills. */
export interface BucketSize {
  /** Tokens when full. */
  readonly capacity: number
  /** Tokens a second, refilled continuously. */
  readonly refillPerSecond: number
}

/** A bucket at a moment; an absent one is full. */
export interface BucketState {
  readonly tokens: number
  /** Unix milliseconds. */
  readonly atMs: number
}

/** The tokens of a bucket now. A clock that went back refills nothing and removes nothing. */
export function tokensAt(state: BucketState | undefined, size: BucketSize, nowMs: number): number {
  if (!state) return size.capacity
  const elapsedMs = Math.max(0, nowMs - state.atMs)
  return Math.min(size.capacity, state.tokens + (elapsedMs * size.refillPerSecond) / 1000)
}

/** The bucket after `cost` of its `tokens` were taken. */
export function afterTaking(state: BucketState | undefined, tokens: number, cost: number, nowMs: number): BucketState {
  return { tokens: tokens - cost, atMs: Math.max(nowMs, state?.atMs ?? nowMs) }
}

/** A bucket may lack this part of its capacity by rounding. */
const ROUNDING = 1e-12

/** Whether a bucket that holds `tokens` can give `cost`. */
export function holdsEnough(tokens: number, cost: number, { capacity }: BucketSize): boolean {
  return tokens >= cost - capacity * ROUNDING
}

/** Whole milliseconds after which a bucket that holds `tokens` can give `cost`; Infinity if it never can. */
export function waitMs(tokens: number, cost: number, size: BucketSize): number {
  const { capacity, refillPerSecond } = size
  if (holdsEnough(tokens, cost, size)) return 0
  if (cost > capacity || refillPerSecond <= 0) return Number.POSITIVE_INFINITY
  return Math.ceil(((cost - tokens - (capacity * ROUNDING) / 2) * 1000) / refillPerSecond)
}

/** Unix milliseconds: from then on the bucket is full, and need not be stored. */
export function fullAtMs({ tokens, atMs }: BucketState, { capacity, refillPerSecond }: BucketSize): number {
  return refillPerSecond <= 0 ? Number.POSITIVE_INFINITY : atMs + ((capacity - tokens) * 1000) / refillPerSecond
}
