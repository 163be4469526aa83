import type { Admission, AdmissionOutcome, Charge } from './admission.ts'
import { afterTaking, type BucketState, fullAtMs, tokensAt, waitMs } from './token-bucket.ts'

/** Bounds of an admission in memory. */
export interface MemoryAdmissionOptions {
  /** Claims remembered at most; 500 000 by default. */
  readonly maxClaims?: number
  /** Buckets remembered at most, full ones aside; 100 000 by default. */
  readonly maxBuckets?: number
  /** Unix milliseconds at which it starts to remember. */
  readonly startedAtMs: number
}

const SWEEP_EVERY_MS = 1_000

/** Admission for one process. Claims are kept by the second in which they end, so that whole seconds are forgotten at once. */
export function createMemoryAdmission(options: MemoryAdmissionOptions): Admission & { readonly claims: number } {
  const { maxClaims = 500_000, maxBuckets = 100_000, startedAtMs } = options
  const claimsBySecond = new Map<number, Set<string>>()
  const buckets = new Map<string, BucketState & { readonly fullAtMs: number }>()
  let claims = 0
  let sweptAtMs = Number.NEGATIVE_INFINITY

  function sweep(nowMs: number): void {
    if (nowMs - sweptAtMs < SWEEP_EVERY_MS) return
    sweptAtMs = nowMs
    for (const [second, keys] of claimsBySecond) {
      if (second * 1000 > nowMs) continue
      claims -= keys.size
      claimsBySecond.delete(second)
    }
    for (const [name, bucket] of buckets) if (bucket.fullAtMs <= nowMs) buckets.delete(name)
  }

  function take({ bucket, cost, ...size }: Charge, tokens: number, nowMs: number): void {
    const after = afterTaking(buckets.get(bucket), tokens, cost, nowMs)
    buckets.set(bucket, { ...after, fullAtMs: fullAtMs(after, size) })
  }

  function admit({ claim, charges, nowMs }: Parameters<Admission['admit']>[0]): AdmissionOutcome {
    sweep(nowMs)
    const second = claim && Math.ceil(claim.untilMs / 1000)
    const claimed = second === undefined ? undefined : claimsBySecond.get(second)
    if (claim && claimed?.has(claim.key)) return { outcome: 'already_used' }
    const held = charges.map((charge) => tokensAt(buckets.get(charge.bucket), charge, nowMs))
    const limited = scarcest(charges, held)
    if (limited) return { outcome: 'limited', ...limited }
    if (claim && claims >= maxClaims) return { outcome: 'full' }
    const added = charges.filter(({ bucket }) => !buckets.has(bucket)).length
    if (buckets.size + added > maxBuckets) return { outcome: 'full' }
    for (const [i, charge] of charges.entries()) take(charge, held[i] ?? 0, nowMs)
    if (claim && second !== undefined) {
      if (claimed) claimed.add(claim.key)
      else claimsBySecond.set(second, new Set([claim.key]))
      claims++
    }
    return { outcome: 'admitted' }
  }

  return {
    admit,
    claimsSinceMs: startedAtMs,
    get claims() {
      return claims
    },
  }
}

/** The charge that must wait longest, or `undefined` where every bucket holds enough. */
export function scarcest(
  charges: readonly Charge[],
  held: readonly number[],
): { readonly charge: Charge; readonly waitMs: number } | undefined {
  let found: { charge: Charge; waitMs: number } | undefined
  for (const [i, charge] of charges.entries()) {
    const tokens = held[i] ?? 0
    if (tokens >= charge.cost) continue
    const wait = waitMs(tokens, charge.cost, charge)
    if (!found || wait > found.waitMs) found = { charge, waitMs: wait }
  }
  return found
}
