import {
  ACCOUNT_SHARE,
  type AdmissionClocks,
  type AdmissionRequest,
  type BucketSize,
  type Charge,
  CLAIM_MAX_MS,
  claimsSince,
  holdsEnough,
  MAX_CHARGES,
  monotonicTime,
  moveAdmissionClock,
  noteLife,
} from '@countersign/gate'
import { HashGroups, NO_SLOT } from './hash-groups.ts'
import type { SharedLock } from './shared-lock.ts'

/** What {@link LockedAdmission.decide} returns: numbers, since nothing is made anew inside the lock. */
export const [ADMIT, USED, BEFORE_START, LIMITED, CLAIMS_OVER, BUCKETS_OVER, NO_ROOM] = [0, 1, 2, 3, 4, 5, 6]

/** Beside a bucket's hash, which is there until it is full again: its tokens, and the time they were counted. */
const [TOKENS, AT_MS, BESIDE_BUCKET] = [0, 1, 2]

/** How many slots of a group one account can have. */
const SHARE_OF_GROUP = HashGroups.slotsOf(ACCOUNT_SHARE)

/** Memory for the buckets of {@link LockedAdmission}. */
export function allocateBuckets(maxBuckets: number): SharedArrayBuffer {
  return HashGroups.allocate(maxBuckets, BESIDE_BUCKET)
}

/** The memory that {@link LockedAdmission} reads and writes. */
export interface LockedMemory {
  readonly clock: SharedArrayBuffer
  readonly claims: SharedArrayBuffer
  readonly buckets: SharedArrayBuffer
}

/**
 * What a thread does with the memory of an admission while it holds the lock.
 *
 * A thread can end, or be stopped for long, anywhere in here, and the next one goes on with what it finds (decision 033). So the order of
 * writes is such that each prefix of them is safe, and nothing is made anew.
 */
export class LockedAdmission {
  /** By charge, the hash of its bucket: set before the lock is taken. */
  readonly bucketHashes: readonly Int32Array[] = Array.from({ length: MAX_CHARGES }, () => new Int32Array(4))
  /** By charge, what its bucket holds before the charge: set by {@link decide}. */
  readonly held = new Float64Array(MAX_CHARGES)

  readonly #lock: SharedLock
  readonly #clocks: AdmissionClocks
  readonly #clock: Float64Array
  readonly #claims: HashGroups
  readonly #buckets: HashGroups
  // Of the request that is being decided, by charge.
  readonly #slots = new Int32Array(MAX_CHARGES)
  readonly #isKnown = new Uint8Array(MAX_CHARGES)

  constructor({ clock, claims, buckets }: LockedMemory, lock: SharedLock, clocks: AdmissionClocks) {
    this.#lock = lock
    this.#clocks = clocks
    this.#clock = new Float64Array(clock)
    this.#claims = new HashGroups(claims)
    this.#buckets = new HashGroups(buckets, BESIDE_BUCKET)
  }

  /** Decides a request, and applies what was decided. */
  decide(request: AdmissionRequest, claimHash: Int32Array | undefined): number {
    const { claim, charges } = request
    const clock = this.#clock
    // Read inside the lock: a thread that waited for it would bring a time that is over.
    const wallMs = this.#clocks.wallMs()
    if (claim) noteLife(clock, claim.untilMs - claim.signedAtMs)
    const claimTimeMs = moveAdmissionClock(clock, wallMs, this.#clocks.monotonicMs())
    const nowMs = monotonicTime(clock)
    if (claim && claimHash) {
      if (claim.signedAtMs < claimsSince(clock, wallMs)) return BEFORE_START
      if (claim.untilMs <= claimTimeMs || this.#claims.find(claimHash, claimTimeMs)) return USED
    }
    const verdict = this.#readBuckets(charges, nowMs)
    if (verdict !== LIMITED && claim) {
      if (this.#claims.ofOwner >= SHARE_OF_GROUP) return CLAIMS_OVER
      if (this.#claims.slot === NO_SLOT && verdict === ADMIT) return NO_ROOM
    }
    return verdict === ADMIT ? this.#apply(request, claimHash, claimTimeMs, nowMs) : verdict
  }

  /** How many tokens a bucket holds, at this monotonic time or at the latest one that any thread has seen. */
  tokensIn(hashed: Int32Array, size: BucketSize, monotonicMs: number): number {
    const nowMs = Math.max(monotonicTime(this.#clock), monotonicMs)
    return this.#buckets.find(hashed, nowMs) ? this.#tokensHeld(this.#buckets.slot, size, nowMs) : size.capacity
  }

  forgetBucket(hashed: Int32Array): void {
    const buckets = this.#buckets
    if (buckets.find(hashed, monotonicTime(this.#clock)) && this.#lock.isMine) buckets.setEnd(buckets.slot, 0)
  }

  /** Claims and buckets that are held. Needs no lock: it writes nothing, and its counts may be those of a moment ago. */
  use(): { readonly claims: number; readonly buckets: number } {
    const now = Float64Array.from(this.#clock)
    const claimTimeMs = moveAdmissionClock(now, this.#clocks.wallMs(), this.#clocks.monotonicMs())
    return { claims: this.#claims.taken(claimTimeMs), buckets: this.#buckets.taken(monotonicTime(now)) }
  }

  /** Whether each bucket holds enough and has a slot; sets what {@link #take} needs. */
  #readBuckets(charges: AdmissionRequest['charges'], nowMs: number): number {
    const buckets = this.#buckets
    let verdict = ADMIT
    let newOfKeys = 0
    for (let i = 0; i < charges.length; i++) {
      const charge = charges[i] as Charge
      const isFound = buckets.find(this.bucketHashes[i] as Int32Array, nowMs, this.#slots, i)
      this.#slots[i] = buckets.slot
      this.#isKnown[i] = isFound ? 1 : 0
      const held = isFound ? this.#tokensHeld(buckets.slot, charge, nowMs) : charge.capacity
      this.held[i] = held
      if (!holdsEnough(held, charge.cost, charge)) verdict = LIMITED
      if (verdict === LIMITED || isFound) continue
      if (charge.isOfKey && buckets.ofOwner + newOfKeys++ >= SHARE_OF_GROUP) verdict = BUCKETS_OVER
      else if (buckets.slot === NO_SLOT && verdict === ADMIT) verdict = NO_ROOM
    }
    return verdict
  }

  #tokensHeld(slot: number, { capacity, refillPerSecond }: BucketSize, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#buckets.beside(slot, AT_MS))
    return Math.min(capacity, this.#buckets.beside(slot, TOKENS) + (elapsedMs * refillPerSecond) / 1000)
  }

  /** Writes what was decided. Each place is written only while the lock is this thread's. */
  #apply(
    { claim, charges }: AdmissionRequest,
    claimHash: Int32Array | undefined,
    claimTimeMs: number,
    nowMs: number,
  ): number {
    for (let i = 0; i < charges.length; i++) {
      if (!this.#lock.isMine) return NO_ROOM
      this.#take(charges[i] as Charge, i, nowMs)
    }
    if (claim && claimHash) {
      if (!this.#lock.isMine) return NO_ROOM
      this.#claims.write(this.#claims.slot, claimHash, Math.min(claim.untilMs, claimTimeMs + CLAIM_MAX_MS))
    }
    return ADMIT
  }

  /**
   * Takes tokens. Where the bucket is known, its time is written first: alone it takes what was refilled since, from nobody but its owner. Its end
   * is written last: without it the charge is forgotten at the old end, and the request of that charge was not admitted.
   */
  #take({ cost, capacity, refillPerSecond }: Charge, i: number, nowMs: number): void {
    const buckets = this.#buckets
    const slot = this.#slots[i] ?? NO_SLOT
    const tokens = (this.held[i] ?? 0) - cost
    const endMs =
      refillPerSecond <= 0 ? Number.POSITIVE_INFINITY : nowMs + ((capacity - tokens) * 1000) / refillPerSecond
    buckets.putBeside(slot, AT_MS, nowMs)
    buckets.putBeside(slot, TOKENS, tokens)
    if (this.#isKnown[i] === 1) buckets.setEnd(slot, endMs)
    else buckets.write(slot, this.bucketHashes[i] as Int32Array, endMs)
  }
}
