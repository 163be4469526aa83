import { addressPrefix, type BucketSize, createSenderLimit } from '@countersign/gate'

/** Counts the examined signatures by sender. In memory, bounded. */
export interface DiagnosisBudget {
  /**
   * Whether another signature may be examined now. If so, it counts as examined.
   *
   * @param cost how many times the work of one RSA signature it takes; 1 by default
   */
  take(ip: string, keyId: string, nowMs: number, cost?: number): boolean
}

/**
 * A burst of ten for one key and of twenty for an address prefix, then one in ten seconds and one in five. Nobody reads
 * more explanations, and further refusals cost what they cost without the doctor.
 */
const PER_PAIR: BucketSize = { capacity: 10, refillPerSecond: 0.1 }
const PER_ADDRESS: BucketSize = { capacity: 20, refillPerSecond: 0.2 }

/** For all senders together: a flood from many addresses takes half a hundredth of a processor. */
const OVERALL: BucketSize = { capacity: 400, refillPerSecond: 10 }

/** The most addresses and the most pairs that are kept. Beyond that all are dropped; no stranger gains by it. */
const MAX_ENTRIES = 20_000

/** A full budget. */
export function createDiagnosisBudget(): DiagnosisBudget {
  const pairs = createSenderLimit(PER_PAIR, MAX_ENTRIES)
  const addresses = createSenderLimit(PER_ADDRESS, MAX_ENTRIES)
  const overall = createSenderLimit(OVERALL, 1)
  return {
    take(ip, keyId, nowMs, cost = 1) {
      // The pair first: reading an address costs more than all of this, and a flooding sender is found by its pair.
      const pair = `${ip} ${keyId}`
      if (pairs.waitMs(pair, nowMs) > 0) return false
      const address = addressPrefix(ip)
      if (addresses.waitMs(address, nowMs) > 0 || overall.waitMs('all', nowMs, cost) > 0) return false
      overall.take('all', nowMs, cost)
      pairs.take(pair, nowMs)
      addresses.take(address, nowMs)
      return true
    },
  }
}
