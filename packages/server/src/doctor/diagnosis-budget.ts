import { addressPrefix, afterTaking, type BucketSize, type BucketState, tokensAt } from '@countersign/gate'

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

/** Addresses and pairs remembered at most, each. Where there are more, all are forgotten: no stranger gains by that. */
const MAX_ENTRIES = 20_000

/** A full budget. */
export function createDiagnosisBudget(): DiagnosisBudget {
  const pairs = new Map<string, BucketState>()
  const addresses = new Map<string, BucketState>()
  let overall: BucketState | undefined
  return {
    take(ip, keyId, nowMs, cost = 1) {
      // The pair first: reading an address costs more than all of this, and who floods is known by the pair.
      const pair = `${ip} ${keyId}`
      const pairTokens = tokensAt(pairs.get(pair), PER_PAIR, nowMs)
      if (pairTokens < 1) return false
      const address = addressPrefix(ip)
      const addressTokens = tokensAt(addresses.get(address), PER_ADDRESS, nowMs)
      if (addressTokens < 1) return false
      const overallTokens = tokensAt(overall, OVERALL, nowMs)
      if (overallTokens < cost) return false
      overall = afterTaking(overall, overallTokens, cost, nowMs)
      put(pairs, pair, afterTaking(pairs.get(pair), pairTokens, 1, nowMs))
      put(addresses, address, afterTaking(addresses.get(address), addressTokens, 1, nowMs))
      return true
    },
  }
}

function put(buckets: Map<string, BucketState>, name: string, state: BucketState): void {
  if (buckets.size >= MAX_ENTRIES && !buckets.has(name)) buckets.clear()
  buckets.set(name, state)
}
