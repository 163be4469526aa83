import { addressPrefix, type BucketSize, createSenderLimit } from '@countersign/gate'

/** Counts how many signatures are looked into, by who sent them. In memory, bounded. */
export interface DiagnosisBudget {
  /**
   * Whether another one may be looked into now; then it counts as looked into.
   *
   * @param cost how many times the work of one RSA signature it takes; 1 by default
   */
  take(ip: string, keyId: string, nowMs: number, cost?: number): boolean
}

/**
 * A burst of ten with one key and of twenty from an address prefix, then one in ten seconds and one in five. Nobody reads
 * more explanations, and refusals beyond cost what they cost without the doctor.
 */
const PER_PAIR: BucketSize = { capacity: 10, refillPerSecond: 0.1 }
const PER_ADDRESS: BucketSize = { capacity: 20, refillPerSecond: 0.2 }

/** Of all senders together: so much that a flood from many addresses takes half a hundredth of a processor. */
const OVERALL: BucketSize = { capacity: 400, refillPerSecond: 10 }

/** Addresses and pairs remembered at most, each. */
const MAX_ENTRIES = 20_000

/** A full budget. */
export function createDiagnosisBudget(): DiagnosisBudget {
  const pairs = createSenderLimit(PER_PAIR, MAX_ENTRIES)
  const addresses = createSenderLimit(PER_ADDRESS, MAX_ENTRIES)
  const overall = createSenderLimit(OVERALL, 1)
  return {
    take(ip, keyId, nowMs, cost = 1) {
      // The pair first: to read an address costs more than all of this, and the pair already tells a flood.
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
