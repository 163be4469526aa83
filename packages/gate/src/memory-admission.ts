import { AccountUses } from './account-uses.ts'
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
import { BucketMemory } from './bucket-memory.ts'
import { ClaimMemory } from './claim-memory.ts'
import { holdsEnough, waitMs } from './token-bucket.ts'

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

const SWEEP_EVERY_MS = 1_000

/** Admission for one process. */
export function createMemoryAdmission(options: MemoryAdmissionOptions = {}): MemoryAdmission {
  const { maxClaims = 500_000, maxBuckets = 100_000, startedAtMs, clocks = SYSTEM_CLOCKS } = options
  const accounts = new AccountUses()
  const claims = new ClaimMemory(accounts)
  const buckets = new BucketMemory(accounts)
  const room: Room = {
    accounts,
    claims,
    buckets,
    maxClaims,
    maxBuckets,
    shareOfClaims: Math.max(1, Math.floor(maxClaims * ACCOUNT_SHARE)),
    shareOfBuckets: Math.max(1, Math.floor(maxBuckets * ACCOUNT_SHARE)),
  }
  const clock = new Float64Array(ADMISSION_CLOCK_NUMBERS)
  startAdmissionClock(clock, clocks, startedAtMs)
  let sweptAtMs = monotonicTime(clock)

  function sweep(claimTimeMs: number, nowMs: number): void {
    if (nowMs - sweptAtMs < SWEEP_EVERY_MS) return
    sweptAtMs = nowMs
    claims.forgetEnded(claimTimeMs)
    buckets.forgetFull(nowMs)
  }

  function admit(request: AdmissionRequest): AdmissionOutcome {
    const { accountId, claim, charges } = request
    if (claim) noteLife(clock, claim.untilMs - claim.signedAtMs)
    const wallMs = clocks.wallMs()
    const claimTimeMs = moveAdmissionClock(clock, wallMs, clocks.monotonicMs())
    const nowMs = monotonicTime(clock)
    sweep(claimTimeMs, nowMs)
    if (claim && claim.signedAtMs < claimsSince(clock, wallMs)) return SIGNED_BEFORE_START
    if (claim && (claims.has(claim.key) || claim.untilMs <= claimTimeMs)) return ALREADY_USED
    const held: number[] = []
    for (const charge of charges) held.push(buckets.tokens(charge, nowMs))
    const limited = scarcest(charges, held)
    if (limited) return { outcome: 'limited', ...limited }
    const noRoom = roomProblem(request, room)
    if (noRoom) return noRoom
    let i = 0
    for (const charge of charges) buckets.take(charge, accountId, held[i++] ?? 0, nowMs)
    if (claim) claims.add(claim.key, accountId, Math.min(claim.untilMs, claimTimeMs + CLAIM_MAX_MS))
    return ADMITTED
  }

  return {
    admit,
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

/** What is taken, and how much may be. */
interface Room {
  readonly accounts: AccountUses
  readonly claims: ClaimMemory
  readonly buckets: BucketMemory
  readonly maxClaims: number
  readonly maxBuckets: number
  readonly shareOfClaims: number
  readonly shareOfBuckets: number
}

function roomProblem({ accountId, claim, charges }: AdmissionRequest, room: Room): AdmissionOutcome | undefined {
  const { claims, buckets } = room
  const use = room.accounts.find(accountId)
  if (claim && use && use.claims >= room.shareOfClaims) return OVER_SHARE_OF_CLAIMS
  let more = 0
  let moreOfKeys = 0
  for (const { bucket, isOfKey } of charges) {
    if (buckets.has(bucket)) continue
    more++
    if (isOfKey) moreOfKeys++
  }
  if (moreOfKeys > 0 && (use?.buckets ?? 0) + moreOfKeys > room.shareOfBuckets) return OVER_SHARE_OF_BUCKETS
  return (claim && claims.size >= room.maxClaims) || buckets.size + more > room.maxBuckets ? FULL : undefined
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
