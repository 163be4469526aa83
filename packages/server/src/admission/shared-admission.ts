import { threadId } from 'node:worker_threads'
import {
  ADMISSION_CLOCK_NUMBERS,
  type Admission,
  type AdmissionClocks,
  type AdmissionOutcome,
  type AdmissionRequest,
  type BucketSize,
  type Charge,
  MAX_CHARGES,
  scarcest,
  startAdmissionClock,
} from '@countersign/gate'
import { HashGroups } from './hash-groups.ts'
import { allocateBuckets, LIMITED, LockedAdmission, NO_ROOM } from './locked-admission.ts'
import { NameHashes } from './name-hashes.ts'
import { SharedLock } from './shared-lock.ts'
import { threadClocks } from './thread-clocks.ts'

/**
 * Memory that all threads of a process share: the claims and buckets of one admission. It is plain data, to pass to
 * workers.
 */
export interface SharedAdmissionMemory {
  /** Keeps clients, which choose key ids and nonces, from choosing where these are stored. */
  readonly secret: string
  readonly capacity: AdmissionUse
  readonly lock: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly claims: SharedArrayBuffer
  readonly buckets: SharedArrayBuffer
}

/** Bounds of an admission in shared memory. */
export interface SharedAdmissionSizes {
  /** The most claims at once, 24 bytes each. */
  readonly maxClaims: number
  /** The most buckets that are not full; 65 536 by default, 40 bytes each. */
  readonly maxBuckets?: number
}

/** The default number of buckets that are not full. */
export const DEFAULT_MAX_BUCKETS = 65_536

/** Empty memory for one admission, to be shared by all threads. */
export function allocateSharedAdmission(
  sizes: SharedAdmissionSizes,
  secret: string,
  clocks: AdmissionClocks = threadClocks(),
): SharedAdmissionMemory {
  const { maxClaims, maxBuckets = DEFAULT_MAX_BUCKETS } = sizes
  const clock = new SharedArrayBuffer(ADMISSION_CLOCK_NUMBERS * Float64Array.BYTES_PER_ELEMENT)
  startAdmissionClock(new Float64Array(clock), clocks)
  return {
    secret,
    capacity: { claims: maxClaims, buckets: maxBuckets },
    lock: SharedLock.allocate(),
    clock,
    claims: HashGroups.allocate(maxClaims),
    buckets: allocateBuckets(maxBuckets),
  }
}

/**
 * Releases the admission's lock if a thread held it when it ended. Call it for each thread that has exited, with the
 * worker's `threadId`. Without it, the others wait for a second.
 */
export function releaseLockOf(memory: SharedAdmissionMemory, endedThreadId: number): void {
  new SharedLock(memory.lock).releaseOf(endedThreadId)
}

/** Claims and buckets of an admission: those in use, or its capacity. */
export interface AdmissionUse {
  readonly claims: number
  readonly buckets: number
}

/** An admission that reports its state. */
export interface SharedAdmission extends Admission {
  admit(request: AdmissionRequest): AdmissionOutcome
  use(): AdmissionUse
  /** Its configured capacity; a few more fit in. */
  readonly capacity: AdmissionUse
  /** How many tokens a bucket of an account's tier holds now. It takes none. */
  tokensIn(bucket: string, size: BucketSize): number
  /** Frees the slot of a key's own bucket. The key must have ended. The next use of the bucket finds it full. */
  forgetBucketOfKey(accountId: string, bucket: string): void
  /** How often the lock was taken from a thread that had ended or held it for a second. */
  readonly lockRecoveries: number
}

/** Admission for all threads of one process, over memory that they share. Each request is decided under one lock. */
export function createSharedAdmission(
  memory: SharedAdmissionMemory,
  clocks: AdmissionClocks = threadClocks(),
  holder: number = threadId,
): SharedAdmission {
  const lock = new SharedLock(memory.lock, holder)
  const hashes = new NameHashes(memory.secret)
  const locked = new LockedAdmission(memory, lock, clocks)

  return {
    admit(request) {
      const { accountId, claim, charges } = request
      if (charges.length > MAX_CHARGES) throw new Error(`a request has at most ${MAX_CHARGES} charges`)
      const claimHash = claim && hashes.ofClaim(claim.key, accountId)
      for (let i = 0; i < charges.length; i++) {
        hashes.writeBucket(locked.bucketHashes[i] as Int32Array, accountId, charges[i] as Charge)
      }
      lock.acquire()
      let verdict = NO_ROOM
      try {
        verdict = locked.decide(request, claimHash)
      } finally {
        lock.release()
      }
      return outcomeOf(verdict, request, locked.held)
    },

    tokensIn(bucket, size) {
      const hashed = hashes.ofName(bucket)
      const monotonicMs = clocks.monotonicMs()
      lock.acquire()
      try {
        return locked.tokensIn(hashed, size, monotonicMs)
      } finally {
        lock.release()
      }
    },

    forgetBucketOfKey(accountId, bucket) {
      const hashed = new Int32Array(4)
      hashes.writeBucket(hashed, accountId, { bucket, isOfKey: true })
      lock.acquire()
      try {
        locked.forgetBucket(hashed)
      } finally {
        lock.release()
      }
    },

    use: () => locked.use(),
    capacity: memory.capacity,
    get lockRecoveries() {
      return lock.recoveries
    },
  }
}

/** What a verdict says, made outside the lock. */
function outcomeOf(verdict: number, { charges }: AdmissionRequest, held: Float64Array): AdmissionOutcome {
  if (verdict !== LIMITED) return OUTCOMES[verdict] ?? FULL
  const limited = scarcest(charges, [...held.subarray(0, charges.length)])
  return limited ? { outcome: 'limited', ...limited } : FULL
}

const FULL: AdmissionOutcome = { outcome: 'full' }

/** By verdict. A limited outcome is made when its bucket is known. */
const OUTCOMES: readonly (AdmissionOutcome | undefined)[] = [
  { outcome: 'admitted' },
  { outcome: 'already_used' },
  { outcome: 'signed_before_start' },
  undefined,
  { outcome: 'over_share', of: 'claims' },
  { outcome: 'over_share', of: 'buckets' },
  FULL,
]
