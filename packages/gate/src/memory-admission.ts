import {
  ACCOUNT_SHARE,
  type Admission,
  type AdmissionOutcome,
  type AdmissionRequest,
  type Charge,
} from './admission.ts'
import {
  ADMISSION_CLOCK_NUMBERS,
  type AdmissionClocks,
  CLAIM_MAX_MS,
  claimsSince,
  monotonicTime,
  moveAdmissionClock,
  noteLife,
  SYSTEM_CLOCKS,
  startAdmissionClock,
} from './admission-clock.ts'
import { afterTaking, type BucketState, fullAtMs, holdsEnough, tokensAt, waitMs } from './token-bucket.ts'

/** Bounds of an admission in memory. An account can take an eighth of both. */
export interface MemoryAdmissionOptions {
  /** The most claims; 500 000 by default. */
  readonly maxClaims?: number
  /** The most buckets that are not full; 100 000 by default. */
  readonly maxBuckets?: number
  /** Unix milliseconds since when claims are remembered; now by default. */
  readonly startedAtMs?: number
  /** The clocks of the process by default. */
  readonly clocks?: AdmissionClocks
}

/** Admission in this process's memory, and how full it is. */
export interface MemoryAdmission extends Admission {
  admit(request: AdmissionRequest): AdmissionOutcome
  /** Claims that are remembered. */
  readonly claims: number
  /** Buckets that are remembered. */
  readonly buckets: number
  /** Accounts with claims or own buckets. */
  readonly accounts: number
}

/** What an account holds. */
interface AccountUse {
  readonly accountId: string
  claims: number
  buckets: number
}

interface Bucket extends BucketState {
  readonly fullAtMs: number
  /** The account whose share it counts towards. */
  readonly use: AccountUse | undefined
}

const SWEEP_EVERY_MS = 1_000

/** Admission for one process. Claims are listed by the second of their end, so that ended ones are found. */
export function createMemoryAdmission(options: MemoryAdmissionOptions = {}): MemoryAdmission {
  const { maxClaims = 500_000, maxBuckets = 100_000, startedAtMs, clocks = SYSTEM_CLOCKS } = options
  const shareOfClaims = Math.max(1, Math.floor(maxClaims * ACCOUNT_SHARE))
  const shareOfBuckets = Math.max(1, Math.floor(maxBuckets * ACCOUNT_SHARE))
  const claims = new Map<string, AccountUse>()
  const claimsBySecond = new Map<number, string[]>()
  const buckets = new Map<string, Bucket>()
  const accounts = new Map<string, AccountUse>()
  const clock = new Float64Array(ADMISSION_CLOCK_NUMBERS)
  startAdmissionClock(clock, clocks, startedAtMs)
  let sweptAtMs = monotonicTime(clock)

  function sweep(claimTimeMs: number, nowMs: number): void {
    if (nowMs - sweptAtMs < SWEEP_EVERY_MS) return
    sweptAtMs = nowMs
    for (const [second, keys] of claimsBySecond) {
      if (second * 1000 > claimTimeMs) continue
      for (const key of keys) forgetClaim(key)
      claimsBySecond.delete(second)
    }
    for (const [name, { fullAtMs, use }] of buckets) {
      if (fullAtMs > nowMs) continue
      buckets.delete(name)
      if (use) count(use, 0, -1)
    }
  }

  function forgetClaim(key: string): void {
    const use = claims.get(key)
    if (claims.delete(key) && use) count(use, -1, 0)
  }

  function useOf(accountId: string): AccountUse {
    const known = accounts.get(accountId)
    if (known) return known
    const use = { accountId, claims: 0, buckets: 0 }
    accounts.set(accountId, use)
    return use
  }

  function count(use: AccountUse, moreClaims: number, moreBuckets: number): void {
    use.claims += moreClaims
    use.buckets += moreBuckets
    if (use.claims === 0 && use.buckets === 0) accounts.delete(use.accountId)
  }

  function roomProblem({ accountId, claim, charges }: AdmissionRequest): AdmissionOutcome | undefined {
    const use = accounts.get(accountId)
    if (claim && use && use.claims >= shareOfClaims) return OVER_SHARE_OF_CLAIMS
    let more = 0
    let moreOfKeys = 0
    for (const { bucket, isOfKey } of charges) {
      if (buckets.has(bucket)) continue
      more++
      if (isOfKey) moreOfKeys++
    }
    if (moreOfKeys > 0 && (use?.buckets ?? 0) + moreOfKeys > shareOfBuckets) return OVER_SHARE_OF_BUCKETS
    return (claim && claims.size >= maxClaims) || buckets.size + more > maxBuckets ? FULL : undefined
  }

  function take(charge: Charge, accountId: string, tokens: number, nowMs: number): void {
    const state = buckets.get(charge.bucket)
    const after = afterTaking(state, tokens, charge.cost, nowMs)
    const use = state ? state.use : charge.isOfKey ? useOf(accountId) : undefined
    if (!state && use) count(use, 0, 1)
    buckets.set(charge.bucket, { tokens: after.tokens, atMs: after.atMs, fullAtMs: fullAtMs(after, charge), use })
  }

  function remember(key: string, accountId: string, untilMs: number): void {
    const use = useOf(accountId)
    count(use, 1, 0)
    claims.set(key, use)
    const second = Math.ceil(untilMs / 1000)
    const others = claimsBySecond.get(second)
    if (others) others.push(key)
    else claimsBySecond.set(second, [key])
  }

  return {
    admit(request): AdmissionOutcome {
      const { accountId, claim, charges } = request
      if (claim) noteLife(clock, claim.untilMs - claim.signedAtMs)
      const wallMs = clocks.wallMs()
      const claimTimeMs = moveAdmissionClock(clock, wallMs, clocks.monotonicMs())
      const nowMs = monotonicTime(clock)
      sweep(claimTimeMs, nowMs)
      if (claim && claim.signedAtMs < claimsSince(clock, wallMs)) return SIGNED_BEFORE_START
      if (claim && (claims.has(claim.key) || claim.untilMs <= claimTimeMs)) return ALREADY_USED
      const held: number[] = []
      for (const charge of charges) held.push(tokensAt(buckets.get(charge.bucket), charge, nowMs))
      const limited = scarcest(charges, held)
      if (limited) return { outcome: 'limited', ...limited }
      const noRoom = roomProblem(request)
      if (noRoom) return noRoom
      let i = 0
      for (const charge of charges) take(charge, accountId, held[i++] ?? 0, nowMs)
      if (claim) remember(claim.key, accountId, Math.min(claim.untilMs, claimTimeMs + CLAIM_MAX_MS))
      return ADMITTED
    },

    get claims() {
      return claims.size
    },
    get buckets() {
      return buckets.size
    },
    get accounts() {
      return accounts.size
    },
  }
}

const ADMITTED: AdmissionOutcome = { outcome: 'admitted' }
const ALREADY_USED: AdmissionOutcome = { outcome: 'already_used' }
const SIGNED_BEFORE_START: AdmissionOutcome = { outcome: 'signed_before_start' }
const OVER_SHARE_OF_CLAIMS: AdmissionOutcome = { outcome: 'over_share', of: 'claims' }
const OVER_SHARE_OF_BUCKETS: AdmissionOutcome = { outcome: 'over_share', of: 'buckets' }
const FULL: AdmissionOutcome = { outcome: 'full' }

/** The charge with the longest wait, or `undefined` if every bucket holds enough. */
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
