import { hash } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import {
  ACCOUNT_SHARE,
  ADMISSION_CLOCK_NUMBERS,
  type Admission,
  type AdmissionClocks,
  type AdmissionOutcome,
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
  scarcest,
  startAdmissionClock,
} from '@countersign/gate'
import { HashGroups, NO_SLOT } from './hash-groups.ts'
import { SharedLock } from './shared-lock.ts'
import { threadClocks } from './thread-clocks.ts'

/**
 * Memory that all threads of a process share: the claims and buckets of one admission. It is plain data, to pass to
 * workers.
 */
export interface SharedAdmissionMemory {
  /** With this secret, a client who chooses key ids and nonces cannot choose where they are stored. */
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

/** How many names' hashes each thread keeps: every request needs them again, and hashing is most of the work. */
const NAMES_KEPT = 20_000

/**
 * The numbers beside a bucket's hash: its tokens, and the time they were counted. The hash stays until the bucket is
 * full again.
 */
const [TOKENS, AT_MS, BESIDE_BUCKET] = [0, 1, 2]

/** How many slots of a group one account can have. */
const SHARE_OF_GROUP = HashGroups.slotsOf(ACCOUNT_SHARE)

/** Empty memory for one admission, for all threads. */
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
    buckets: HashGroups.allocate(maxBuckets, BESIDE_BUCKET),
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

/** The verdict inside the lock. Its outcome is made outside. */
const [ADMIT, USED, BEFORE_START, LIMITED, CLAIMS_OVER, BUCKETS_OVER, NO_ROOM] = [0, 1, 2, 3, 4, 5, 6]

/**
 * Admission for all threads of one process, over shared memory.
 *
 * A thread can end or stop anywhere inside the lock, and the next one continues with what it finds (decision 033). So
 * every prefix of the writes is safe, and no object is made inside the lock.
 */
export function createSharedAdmission(
  memory: SharedAdmissionMemory,
  clocks: AdmissionClocks = threadClocks(),
  holder: number = threadId,
): SharedAdmission {
  const lock = new SharedLock(memory.lock, holder)
  const clock = new Float64Array(memory.clock)
  const claims = new HashGroups(memory.claims)
  const buckets = new HashGroups(memory.buckets, BESIDE_BUCKET)
  const hashesByName = new Map<string, Int32Array>()
  // For each charge of the present request.
  const slots = new Int32Array(MAX_CHARGES)
  const isKnown = new Uint8Array(MAX_CHARGES)
  const held = new Float64Array(MAX_CHARGES)
  const hashes: Int32Array[] = Array.from({ length: MAX_CHARGES }, () => new Int32Array(4))

  function nameHash(name: string): Int32Array {
    const known = hashesByName.get(name)
    if (known) return known
    if (hashesByName.size >= NAMES_KEPT) hashesByName.clear()
    const hashed = hashOf(memory.secret, name)
    hashesByName.set(name, hashed)
    return hashed
  }

  function writeBucketHash(to: Int32Array, accountId: string, { bucket, isOfKey }: Pick<Charge, 'bucket' | 'isOfKey'>) {
    to.set(nameHash(bucket))
    if (isOfKey) to[3] = ownerOf(accountId)
  }

  /** The fourth word of the hash of everything that counts towards an account's share. */
  function ownerOf(accountId: string): number {
    return nameHash(accountId)[0] ?? 0
  }

  function tokensHeld(slot: number, { capacity, refillPerSecond }: BucketSize, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - buckets.beside(slot, AT_MS))
    return Math.min(capacity, buckets.beside(slot, TOKENS) + (elapsedMs * refillPerSecond) / 1000)
  }

  function decide(request: AdmissionRequest, claimHash: Int32Array | undefined): number {
    const { claim, charges } = request
    // Read inside the lock, because a thread may have waited for it.
    const wallMs = clocks.wallMs()
    if (claim) noteLife(clock, claim.untilMs - claim.signedAtMs)
    const claimTimeMs = moveAdmissionClock(clock, wallMs, clocks.monotonicMs())
    const nowMs = monotonicTime(clock)
    if (claim && claimHash) {
      if (claim.signedAtMs < claimsSince(clock, wallMs)) return BEFORE_START
      if (claim.untilMs <= claimTimeMs || claims.find(claimHash, claimTimeMs)) return USED
    }
    let verdict = ADMIT
    let newOfKeys = 0
    for (let i = 0; i < charges.length; i++) {
      const charge = charges[i] as Charge
      const isFound = buckets.find(hashes[i] as Int32Array, nowMs, slots, i)
      slots[i] = buckets.slot
      isKnown[i] = isFound ? 1 : 0
      held[i] = isFound ? tokensHeld(buckets.slot, charge, nowMs) : charge.capacity
      if (!holdsEnough(held[i] ?? 0, charge.cost, charge)) verdict = LIMITED
      if (verdict === LIMITED || isFound) continue
      if (charge.isOfKey && buckets.ofOwner + newOfKeys++ >= SHARE_OF_GROUP) verdict = BUCKETS_OVER
      else if (buckets.slot === NO_SLOT && verdict === ADMIT) verdict = NO_ROOM
    }
    if (verdict !== LIMITED && claim) {
      if (claims.ofOwner >= SHARE_OF_GROUP) return CLAIMS_OVER
      if (claims.slot === NO_SLOT && verdict === ADMIT) return NO_ROOM
    }
    return verdict === ADMIT ? apply(request, claimHash, claimTimeMs, nowMs) : verdict
  }

  /** Writes the decision. It writes a place only while this thread holds the lock. */
  function apply(
    { claim, charges }: AdmissionRequest,
    claimHash: Int32Array | undefined,
    claimTimeMs: number,
    nowMs: number,
  ): number {
    for (let i = 0; i < charges.length; i++) {
      if (!lock.isMine) return NO_ROOM
      take(charges[i] as Charge, i, nowMs)
    }
    if (claim && claimHash) {
      if (!lock.isMine) return NO_ROOM
      claims.write(claims.slot, claimHash, Math.min(claim.untilMs, claimTimeMs + CLAIM_MAX_MS))
    }
    return ADMIT
  }

  /**
   * Takes tokens. For a known bucket the time is written first: alone, it only takes the owner's refill since then. Its
   * end is written last: without it the charge is forgotten at the old end, and its request was not admitted.
   */
  function take({ cost, capacity, refillPerSecond }: Charge, i: number, nowMs: number): void {
    const slot = slots[i] ?? NO_SLOT
    const tokens = (held[i] ?? 0) - cost
    const endMs =
      refillPerSecond <= 0 ? Number.POSITIVE_INFINITY : nowMs + ((capacity - tokens) * 1000) / refillPerSecond
    buckets.putBeside(slot, AT_MS, nowMs)
    buckets.putBeside(slot, TOKENS, tokens)
    if (isKnown[i] === 1) buckets.setEnd(slot, endMs)
    else buckets.write(slot, hashes[i] as Int32Array, endMs)
  }

  function outcomeOf(verdict: number, { charges }: AdmissionRequest): AdmissionOutcome {
    if (verdict !== LIMITED) return OUTCOMES[verdict] ?? FULL
    const limited = scarcest(charges, [...held.subarray(0, charges.length)])
    return limited ? { outcome: 'limited', ...limited } : FULL
  }

  return {
    admit(request) {
      const { accountId, claim, charges } = request
      if (charges.length > MAX_CHARGES) throw new Error(`a request has at most ${MAX_CHARGES} charges`)
      const claimHash = claim && hashOf(memory.secret, claim.key)
      if (claimHash) claimHash[3] = ownerOf(accountId)
      for (let i = 0; i < charges.length; i++) {
        writeBucketHash(hashes[i] as Int32Array, accountId, charges[i] as Charge)
      }
      lock.acquire()
      let verdict = NO_ROOM
      try {
        verdict = decide(request, claimHash)
      } finally {
        lock.release()
      }
      return outcomeOf(verdict, request)
    },

    tokensIn(bucket, size) {
      const hashed = nameHash(bucket)
      const monotonicMs = clocks.monotonicMs()
      lock.acquire()
      try {
        const nowMs = Math.max(monotonicTime(clock), monotonicMs)
        return buckets.find(hashed, nowMs) ? tokensHeld(buckets.slot, size, nowMs) : size.capacity
      } finally {
        lock.release()
      }
    },

    forgetBucketOfKey(accountId, bucket) {
      const hashed = new Int32Array(4)
      writeBucketHash(hashed, accountId, { bucket, isOfKey: true })
      lock.acquire()
      try {
        if (buckets.find(hashed, monotonicTime(clock)) && lock.isMine) buckets.setEnd(buckets.slot, 0)
      } finally {
        lock.release()
      }
    },

    use() {
      const now = Float64Array.from(clock)
      const claimTimeMs = moveAdmissionClock(now, clocks.wallMs(), clocks.monotonicMs())
      return { claims: claims.taken(claimTimeMs), buckets: buckets.taken(monotonicTime(now)) }
    },

    capacity: memory.capacity,

    get lockRecoveries() {
      return lock.recoveries
    },
  }
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

function hashOf(secret: string, text: string): Int32Array {
  // As a text: a buffer for the bytes would take longer to make than the hash.
  const bytes = hash('sha256', secret + text, 'latin1')
  return Int32Array.of(wordAt(bytes, 0), wordAt(bytes, 4), wordAt(bytes, 8), wordAt(bytes, 12))
}

function wordAt(bytes: string, at: number): number {
  const [a, b] = [bytes.charCodeAt(at), bytes.charCodeAt(at + 1)]
  return a | (b << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)
}
