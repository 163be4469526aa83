import type { Admission, AdmissionOutcome, AdmissionRequest, Charge } from './admission.ts'
import { afterTaking, type BucketState, fullAtMs, holdsEnough, tokensAt, waitMs } from './token-bucket.ts'

/** Bounds of an admission in memory. */
export interface MemoryAdmissionOptions {
  /** Claims remembered at most; 500 000 by default. */
  readonly maxClaims?: number
  /** Buckets remembered at most, full ones aside; 100 000 by default. */
  readonly maxBuckets?: number
  /** Unix milliseconds at which it starts to remember. */
  readonly startedAtMs: number
}

/** Admission in this process's memory, and how full it is. */
export interface MemoryAdmission extends Admission {
  admit(request: AdmissionRequest): AdmissionOutcome
  /** Claims that are remembered. */
  readonly claims: number
  /** Buckets that are remembered. */
  readonly buckets: number
}

interface Bucket extends BucketState {
  readonly fullAtMs: number
}

const SWEEP_EVERY_MS = 1_000

/** Admission for one process. Claims are listed by the second in which they end, so that those are found that have. */
export function createMemoryAdmission(options: MemoryAdmissionOptions): MemoryAdmission {
  const { maxClaims = 500_000, maxBuckets = 100_000, startedAtMs } = options
  const claims = new Set<string>()
  const claimsBySecond = new Map<number, string[]>()
  const buckets = new Map<string, Bucket>()
  let latestMs = Number.NEGATIVE_INFINITY
  let sweptAtMs = Number.NEGATIVE_INFINITY

  function sweep(): void {
    if (latestMs - sweptAtMs < SWEEP_EVERY_MS) return
    sweptAtMs = latestMs
    for (const [second, keys] of claimsBySecond) {
      if (second * 1000 > latestMs) continue
      for (const key of keys) claims.delete(key)
      claimsBySecond.delete(second)
    }
    for (const [name, bucket] of buckets) if (bucket.fullAtMs <= latestMs) buckets.delete(name)
  }

  function hasRoomFor(charges: readonly Charge[]): boolean {
    if (buckets.size + charges.length <= maxBuckets) return true
    return buckets.size + charges.filter(({ bucket }) => !buckets.has(bucket)).length <= maxBuckets
  }

  function take(charge: Charge, state: Bucket | undefined, tokens: number): void {
    const after = afterTaking(state, tokens, charge.cost, latestMs)
    buckets.set(charge.bucket, { tokens: after.tokens, atMs: after.atMs, fullAtMs: fullAtMs(after, charge) })
  }

  function remember(key: string, untilMs: number): void {
    claims.add(key)
    const second = Math.ceil(untilMs / 1000)
    const others = claimsBySecond.get(second)
    if (others) others.push(key)
    else claimsBySecond.set(second, [key])
  }

  return {
    admit({ claim, charges, nowMs }): AdmissionOutcome {
      // A clock that went back stands still here: what was forgotten meanwhile must not count anew.
      latestMs = Math.max(latestMs, nowMs)
      sweep()
      if (claim && (claims.has(claim.key) || claim.untilMs <= latestMs)) return { outcome: 'already_used' }
      const held: number[] = []
      for (const charge of charges) held.push(tokensAt(buckets.get(charge.bucket), charge, latestMs))
      const limited = scarcest(charges, held)
      if (limited) return { outcome: 'limited', ...limited, waitMs: limited.waitMs + latestMs - nowMs }
      if ((claim && claims.size >= maxClaims) || !hasRoomFor(charges)) return { outcome: 'full' }
      let i = 0
      for (const charge of charges) take(charge, buckets.get(charge.bucket), held[i++] ?? 0)
      if (claim) remember(claim.key, claim.untilMs)
      return ADMITTED
    },

    claimsSinceMs: startedAtMs,
    get claims() {
      return claims.size
    },
    get buckets() {
      return buckets.size
    },
  }
}

const ADMITTED: AdmissionOutcome = { outcome: 'admitted' }

/** The charge that must wait longest, or `undefined` where every bucket holds enough. */
export function scarcest(
  charges: readonly Charge[],
  held: readonly number[],
): { readonly charge: Charge; readonly waitMs: number } | undefined {
  let found: { charge: Charge; waitMs: number } | undefined
  let i = 0
  for (const charge of charges) {
    const tokens = held[i++] ?? 0
    if (holdsEnough(tokens, charge.cost, charge)) continue
    const wait = waitMs(tokens, charge.cost, charge)
    if (!found || wait > found.waitMs) found = { charge, waitMs: wait }
  }
  return found
}
