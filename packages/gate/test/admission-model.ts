import fc from 'fast-check'
import { expect } from 'vitest'
import type { AdmissionOutcome, AdmissionRequest, Charge, SignatureClaim } from '../src/admission.ts'
import type { AdmissionHarness, AdmissionSizes } from './admission-contract.ts'
import { ExactBucket } from './exact-bucket.ts'

/** One request, and what happens before it. */
export interface ModelStep {
  readonly account: number
  readonly waitMs: number
  /** How wrong the wall clock is from now on; `undefined`: as before. */
  readonly wallErrorMs: number | undefined
  /** How many claims ago the claim of this request was made first: 0 is a new one; none where absent. */
  readonly claimAge: number | undefined
  readonly charges: readonly { readonly bucket: number; readonly isOfKey: boolean; readonly part: number }[]
}

/** Steps that fill a small admission, end many entries, come back to old ones, and set the clock wrong and right. */
export function modelSteps(maxLength = 400): fc.Arbitrary<readonly ModelStep[]> {
  const charge = fc.record({
    bucket: fc.nat(49),
    isOfKey: fc.boolean(),
    part: fc.oneof(fc.constantFrom(0.01, 0.5, 1), fc.double({ min: 0, max: 1.1, noNaN: true })),
  })
  const step = fc.record({
    account: fc.nat(5),
    waitMs: fc.oneof(
      { weight: 20, arbitrary: fc.nat(20) },
      { weight: 3, arbitrary: fc.nat(2_000) },
      { weight: 1, arbitrary: fc.nat(40_000) },
    ),
    wallErrorMs: fc.oneof(
      { weight: 30, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -25_000, max: 7_200_000 }) },
    ),
    claimAge: fc.oneof(fc.constant(undefined), fc.constant(0), fc.nat(200)),
    charges: fc.array(charge, { maxLength: 3 }),
  })
  return fc.array(step, { minLength: 1, maxLength, size: 'max' })
}

/** A wall clock is not wrong for longer here: what is claimed on a clock that stays wrong for a minute can be forgotten. */
const WRONG_FOR_MS = 55_000
const LIFE_MS = 35_000
/** An implementation may count what ended this lately. */
const FORGOTTEN_AFTER_MS = 2_000
/** Sizes that are full again within a fraction of a second to a minute, in whole thousandths. */
const BUCKET_SIZES = [
  { capacity: 1, refillPerSecond: 10 },
  { capacity: 10, refillPerSecond: 0.2 },
  { capacity: 100, refillPerSecond: 1_000 },
  { capacity: 600, refillPerSecond: 20 },
  { capacity: 28_800, refillPerSecond: 9_600 },
] as const

interface ModelBucket {
  readonly exact: ExactBucket
  readonly ownerId: string | undefined
  fullAtMs: number
}

interface ModelClaim extends SignatureClaim {
  readonly accountId: string
  isAdmitted: boolean
}

let runsSoFar = 0

/** Asks an admission what a plain model is asked, and compares. The model has no bounds, groups, slots or forgetting. */
export async function runAgainstModel(
  { admission, clock }: AdmissionHarness,
  sizes: AdmissionSizes,
  steps: readonly ModelStep[],
): Promise<void> {
  const run = runsSoFar++
  const startedAtMs = clock.nowMs
  const buckets = new Map<string, ModelBucket>()
  const claims: ModelClaim[] = []
  let monotonicMs = 0
  let errorMs = 0
  let wrongSinceMs = 0

  async function pass(waitMs: number, wanted: number | undefined): Promise<void> {
    await clock.advance(waitMs)
    monotonicMs += waitMs
    const isTooLong = errorMs !== 0 && monotonicMs - wrongSinceMs > WRONG_FOR_MS - 40_000
    const next = isTooLong ? 0 : (wanted ?? errorMs)
    if (next === errorMs) return
    clock.setWall(next - errorMs)
    if (errorMs === 0 || next === 0) wrongSinceMs = monotonicMs
    errorMs = next
  }

  function claimFor(accountId: string, age: number | undefined): ModelClaim | undefined {
    if (age === undefined) return undefined
    const known = age === 0 ? undefined : claims.at(-age)
    if (known) return known
    const signedAtMs = clock.nowMs
    const key = `${run} claim ${claims.length}`
    const claim = { key, signedAtMs, untilMs: signedAtMs + LIFE_MS, accountId, isAdmitted: false }
    claims.push(claim)
    return claim
  }

  function chargesOf(accountId: string, wanted: ModelStep['charges']): Charge[] {
    const charges = new Map<string, Charge>()
    for (const { bucket, isOfKey, part } of wanted) {
      const size = BUCKET_SIZES[bucket % BUCKET_SIZES.length] ?? BUCKET_SIZES[0]
      const name = `${accountId} ${isOfKey ? 'key' : 'tier'} ${bucket}`
      const cost = Math.round(part * size.capacity * 1_000) / 1_000
      charges.set(name, { ...size, name: 'x', bucket: name, cost, isOfKey })
    }
    return [...charges.values()]
  }

  function modelOf({ bucket, isOfKey, ...size }: Charge, accountId: string): ModelBucket {
    const known = buckets.get(bucket)
    if (known) return known
    const made = { exact: new ExactBucket(size, monotonicMs), ownerId: isOfKey ? accountId : undefined, fullAtMs: 0 }
    buckets.set(bucket, made)
    return made
  }

  function take({ cost, capacity, refillPerSecond }: Charge, bucket: ModelBucket): void {
    bucket.exact.take(cost)
    bucket.fullAtMs = monotonicMs + ((capacity - bucket.exact.tokensAt(monotonicMs)) * 1000) / refillPerSecond
  }

  /** How many claims, and buckets, an implementation may still hold. */
  function held(accountId?: string): { claims: number; buckets: number } {
    const wallMs = clock.nowMs - Math.max(0, errorMs)
    const live = claims.filter((claim) => claim.isAdmitted && claim.untilMs > wallMs - FORGOTTEN_AFTER_MS)
    const filling = [...buckets.values()].filter(({ fullAtMs }) => fullAtMs > monotonicMs - FORGOTTEN_AFTER_MS)
    if (accountId === undefined) return { claims: live.length, buckets: filling.length }
    return {
      claims: live.filter((claim) => claim.accountId === accountId).length,
      buckets: filling.filter(({ ownerId }) => ownerId === accountId).length,
    }
  }

  function check(
    { accountId, charges }: AdmissionRequest,
    claim: ModelClaim | undefined,
    came: AdmissionOutcome,
  ): void {
    const least = Math.min(...charges.map((charge) => margin(charge, accountId)))
    if (came.outcome === 'admitted') {
      expect(claim?.isAdmitted ?? false, 'a signature passes once').toBe(false)
      expect(least, 'every bucket holds enough').toBeGreaterThan(-1e-6)
      for (const charge of charges) take(charge, modelOf(charge, accountId))
      if (claim) claim.isAdmitted = true
      return
    }
    if (came.outcome === 'unavailable') {
      expect(claim, 'only claims need the right time').toBeDefined()
      expect(Math.abs(errorMs), 'the clock is wrong').toBeGreaterThan(2_500)
      return
    }
    if (came.outcome === 'already_used') {
      // Signed lately by the clock as it stands: nothing that is forgotten can be it.
      if (claim && claim.signedAtMs > clock.nowMs - 4_000) expect(claim.isAdmitted).toBe(true)
      else expect(claim).toBeDefined()
      return
    }
    if (came.outcome === 'signed_before_start') {
      expect(claim?.signedAtMs).toBeLessThan(sinceMs())
      return
    }
    expect(claim?.isAdmitted && claim.signedAtMs >= sinceMs(), 'a second use is told first').not.toBe(true)
    if (came.outcome === 'limited') {
      expect(least, 'a bucket holds too little').toBeLessThan(1e-6)
      return
    }
    expect(least, 'room matters only where the buckets hold enough').toBeGreaterThan(-1e-6)
    if (came.outcome === 'over_share') {
      expect(held(accountId)[came.of]).toBeGreaterThan(
        sizes[came.of === 'claims' ? 'maxClaims' : 'maxBuckets'] / 16 - 1,
      )
      return
    }
    const all = held()
    expect(all.claims >= sizes.maxClaims || all.buckets >= sizes.maxBuckets - 3, JSON.stringify(all)).toBe(true)
  }

  /** When it began, at the latest, by the wall clock as it stands. */
  function sinceMs(): number {
    return startedAtMs + Math.max(0, errorMs)
  }

  function margin(charge: Charge, accountId: string): number {
    return modelOf(charge, accountId).exact.tokensAt(monotonicMs) - charge.cost
  }

  for (const { account, waitMs, wallErrorMs, claimAge, charges } of steps) {
    await pass(waitMs, wallErrorMs)
    const claim = claimFor(`${run} account ${account}`, claimAge)
    const accountId = claim?.accountId ?? `${run} account ${account}`
    const request: AdmissionRequest = { accountId, claim, charges: chargesOf(accountId, charges) }
    check(request, claim, await admission.admit(request))
  }
}
