import { BoundedMap } from './bounded-map.ts'
import { afterTaking, type BucketSize, type BucketState, tokensAt, waitMs } from './token-bucket.ts'

/**
 * A token bucket for each sender, all of one size, in memory. If there are too many senders, the least recently seen is
 * dropped.
 */
export interface SenderLimit {
  /** Milliseconds until a sender's bucket can give `cost` (1 by default); 0 if it can now. Takes nothing. */
  waitMs(sender: string, nowMs: number, cost?: number): number
  /** Takes `cost` (1 by default), or what is left. */
  take(sender: string, nowMs: number, cost?: number): void
}

/**
 * A limit with full buckets.
 *
 * @param maxSenders the most senders that are remembered; 100,000 by default
 */
export function createSenderLimit(size: BucketSize, maxSenders = 100_000): SenderLimit {
  const buckets = new BoundedMap<BucketState>(maxSenders)

  /** A clock that was ahead and is set back fills nothing for that time. From then on the bucket fills again. */
  function bucketOf(sender: string, nowMs: number): BucketState | undefined {
    const state = buckets.peek(sender)
    return state && { tokens: state.tokens, atMs: Math.min(state.atMs, nowMs) }
  }

  return {
    waitMs(sender, nowMs, cost = 1) {
      const wait = waitMs(tokensAt(bucketOf(sender, nowMs), size, nowMs), cost, size)
      // A waiting sender counts as seen. A sender who never takes tokens is not worth remembering.
      if (wait > 0) buckets.get(sender)
      return wait
    },
    take(sender, nowMs, cost = 1) {
      const state = bucketOf(sender, nowMs)
      buckets.set(sender, afterTaking(state, Math.max(cost, tokensAt(state, size, nowMs)), cost, nowMs))
    },
  }
}
