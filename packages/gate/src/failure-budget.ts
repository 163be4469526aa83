import { BoundedMap } from './bounded-map.ts'
import { addressPrefix } from './network.ts'
import { createSenderLimit } from './sender-limit.ts'
import type { BucketSize } from './token-bucket.ts'

/** How many failed verifications strangers may cause. */
export interface FailureBudgetOptions {
  /** Failed verifications of one address (IPv4) or /64 (IPv6); 300, refilled 5 a second, by default. */
  readonly perAddress?: BucketSize
  /** Failed verifications of one address with one key id; 60, refilled 1 a second, by default. */
  readonly perPair?: BucketSize
  /** How long an address and key id that verified together pass this check, in milliseconds; 10 minutes by default. */
  readonly trustForMs?: number
  /** Addresses, pairs and verified pairs that are remembered, 100 000 each by default. */
  readonly maxEntries?: number
}

/**
 * Counts failed verifications by sender, and never by key id alone: nobody can lock out a key's holder from elsewhere.
 * A holder who verified lately passes, even if others at the same address fail. In memory, bounded.
 */
export interface FailureBudget {
  /** Milliseconds to wait before another attempt, or `undefined` if it may be made now. */
  waitMs(ip: string, keyId: string, nowMs: number): number | undefined
  /** Whether an address and key id verified together lately. */
  knows(ip: string, keyId: string, nowMs: number): boolean
  /**
   * A verification failed. It does not count for a pair that verified together lately.
   *
   * @param keyId the registered key that it failed for; `undefined` for an unknown key, which is not worth remembering
   */
  failed(ip: string, keyId: string | undefined, nowMs: number): void
  verified(ip: string, keyId: string, nowMs: number): void
}

/** An empty budget for one process. */
export function createFailureBudget(options: FailureBudgetOptions = {}): FailureBudget {
  const { perAddress = { capacity: 300, refillPerSecond: 5 }, perPair = { capacity: 60, refillPerSecond: 1 } } = options
  const { trustForMs = 600_000, maxEntries = 100_000 } = options
  const addresses = createSenderLimit(perAddress, maxEntries)
  const pairs = createSenderLimit(perPair, maxEntries)
  const verifiedAtMs = new BoundedMap<number>(maxEntries)

  /** The last pair. A request needs the same pair up to three times, and this text is hashed already. */
  let last = { ip: '', keyId: '', pair: ' ' }
  function pairOf(ip: string, keyId: string): string {
    if (ip !== last.ip || keyId !== last.keyId) last = { ip, keyId, pair: `${ip} ${keyId}` }
    return last.pair
  }

  function isTrusted(pair: string, nowMs: number): boolean {
    const at = verifiedAtMs.peek(pair)
    return at !== undefined && nowMs - at < trustForMs
  }

  return {
    waitMs(ip, keyId, nowMs) {
      const pair = pairOf(ip, keyId)
      if (isTrusted(pair, nowMs)) return undefined
      const longestMs = Math.max(addresses.waitMs(addressPrefix(ip), nowMs), pairs.waitMs(pair, nowMs))
      return longestMs > 0 ? longestMs : undefined
    },

    knows: (ip, keyId, nowMs) => isTrusted(pairOf(ip, keyId), nowMs),

    failed(ip, keyId, nowMs) {
      const pair = keyId === undefined ? undefined : pairOf(ip, keyId)
      if (pair !== undefined && isTrusted(pair, nowMs)) return
      addresses.take(addressPrefix(ip), nowMs)
      if (pair !== undefined) pairs.take(pair, nowMs)
    },

    verified(ip, keyId, nowMs) {
      const pair = pairOf(ip, keyId)
      // Peek only: an entry in use is written again often enough to stay.
      const at = verifiedAtMs.peek(pair)
      if (at === undefined || nowMs - at > trustForMs / 10) verifiedAtMs.set(pair, nowMs)
    },
  }
}
