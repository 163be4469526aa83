import { hash } from 'node:crypto'
import {
  type Admission,
  type AdmissionOutcome,
  type AdmissionRequest,
  afterTaking,
  type BucketSize,
  type BucketState,
  type Charge,
  fullAtMs,
  scarcest,
  tokensAt,
} from '@countersign/gate'
import { HashGroups, NO_SLOT } from './hash-groups.ts'

/** Memory that all threads of a process see: claims and buckets of one admission. Plain data, to be handed to workers. */
export interface SharedAdmissionMemory {
  /** Keeps whoever picks key ids and nonces from picking where they are stored. */
  readonly secret: string
  readonly startedAtMs: number
  readonly lock: SharedArrayBuffer
  /** The latest time that any thread has seen. */
  readonly latestMs: SharedArrayBuffer
  readonly claims: SharedArrayBuffer
  readonly buckets: SharedArrayBuffer
}

/** Bounds of an admission in shared memory. */
export interface SharedAdmissionSizes {
  /** Claims that are held at once, 24 bytes each. */
  readonly maxClaims: number
  /** Buckets that are not full, held at once; 65 536 by default, 40 bytes each. */
  readonly maxBuckets?: number
}

/** Names of buckets whose hashes each thread keeps: they come again with every request, and hashing is most of the work. */
const NAMES_KEPT = 10_000

/** Beside a bucket's hash, which is there until it is full again: its tokens, and the time they were counted. */
const [TOKENS, AT_MS, BESIDE_BUCKET] = [0, 1, 2]

const FREE = 0
const LOCKED = 1
const WAITED_FOR = 2

/** Empty memory for one admission, to be shared by all threads. */
export function allocateSharedAdmission(
  sizes: SharedAdmissionSizes,
  secret: string,
  nowMs: number,
): SharedAdmissionMemory {
  const { maxClaims, maxBuckets = 65_536 } = sizes
  return {
    secret,
    startedAtMs: nowMs,
    lock: new SharedArrayBuffer(4),
    latestMs: new SharedArrayBuffer(8),
    claims: HashGroups.allocate(maxClaims),
    buckets: HashGroups.allocate(maxBuckets, BESIDE_BUCKET),
  }
}

/** How full an admission is. */
export interface AdmissionUse {
  readonly claims: number
  readonly buckets: number
}

/** An admission that tells how it is. */
export interface SharedAdmission extends Admission {
  use(nowMs: number): AdmissionUse
  /** How many tokens a bucket holds now; none is taken. */
  tokensIn(bucket: string, size: BucketSize, nowMs: number): number
}

/** Admission for all threads of one process, over memory that they share. */
export function createSharedAdmission(memory: SharedAdmissionMemory): SharedAdmission {
  const lock = new Int32Array(memory.lock)
  const latest = new Float64Array(memory.latestMs)
  const claims = new HashGroups(memory.claims)
  const buckets = new HashGroups(memory.buckets, BESIDE_BUCKET)
  const hashesByName = new Map<string, Int32Array>()

  function bucketHash(name: string): Int32Array {
    const known = hashesByName.get(name)
    if (known) return known
    if (hashesByName.size >= NAMES_KEPT) hashesByName.clear()
    const hashed = hashOf(memory.secret, name)
    hashesByName.set(name, hashed)
    return hashed
  }

  function readBucket(slot: number): BucketState {
    return { tokens: buckets.beside(slot, TOKENS), atMs: buckets.beside(slot, AT_MS) }
  }

  /** A request's buckets as they are now; the second is not given the free slot of the first. */
  function lookUp(charges: readonly Charge[], hashes: readonly Int32Array[], nowMs: number): Drawn {
    const drawn: Drawn = { slots: [], states: [], held: [] }
    let i = 0
    for (const charge of charges) {
      const { slot, isFound } = buckets.find(hashes[i++] as Int32Array, nowMs, drawn.slots)
      const state = isFound ? readBucket(slot) : undefined
      drawn.slots.push(slot)
      drawn.states.push(state)
      drawn.held.push(tokensAt(state, charge, nowMs))
    }
    return drawn
  }

  function take(charges: readonly Charge[], hashes: readonly Int32Array[], drawn: Drawn, nowMs: number): void {
    let i = 0
    for (const charge of charges) {
      const slot = drawn.slots[i] ?? NO_SLOT
      const after = afterTaking(drawn.states[i], drawn.held[i] ?? 0, charge.cost, nowMs)
      buckets.write(slot, hashes[i++] as Int32Array, fullAtMs(after, charge))
      buckets.putBeside(slot, TOKENS, after.tokens)
      buckets.putBeside(slot, AT_MS, after.atMs)
    }
  }

  function admitLocked(
    { claim, charges, nowMs: askedAtMs }: AdmissionRequest,
    claimHash: Int32Array | undefined,
    hashes: readonly Int32Array[],
  ): AdmissionOutcome {
    // A clock that went back, or a thread that comes late, finds what was forgotten meanwhile still forgotten.
    const nowMs = Math.max(latest[0] ?? 0, askedAtMs)
    latest[0] = nowMs
    if (claim && claim.untilMs <= nowMs) return { outcome: 'already_used' }
    const place = claimHash && claims.find(claimHash, nowMs)
    if (place?.isFound) return { outcome: 'already_used' }
    const drawn = lookUp(charges, hashes, nowMs)
    const limited = scarcest(charges, drawn.held)
    if (limited) return { outcome: 'limited', ...limited, waitMs: limited.waitMs + nowMs - askedAtMs }
    if (place?.slot === NO_SLOT || drawn.slots.includes(NO_SLOT)) return { outcome: 'full' }
    take(charges, hashes, drawn, nowMs)
    if (claim && claimHash && place) claims.write(place.slot, claimHash, claim.untilMs)
    return ADMITTED
  }

  return {
    claimsSinceMs: memory.startedAtMs,

    admit(request) {
      const claimHash = request.claim && hashOf(memory.secret, request.claim.key)
      const hashes: Int32Array[] = []
      for (const { bucket } of request.charges) hashes.push(bucketHash(bucket))
      acquire(lock)
      try {
        return admitLocked(request, claimHash, hashes)
      } finally {
        release(lock)
      }
    },

    tokensIn(bucket, size, askedAtMs) {
      const hashed = bucketHash(bucket)
      acquire(lock)
      try {
        const nowMs = Math.max(latest[0] ?? 0, askedAtMs)
        const { isFound, slot } = buckets.find(hashed, nowMs)
        return tokensAt(isFound ? readBucket(slot) : undefined, size, nowMs)
      } finally {
        release(lock)
      }
    },

    use: (nowMs) => ({ claims: claims.taken(nowMs), buckets: buckets.taken(nowMs) }),
  }
}

const ADMITTED: AdmissionOutcome = { outcome: 'admitted' }

/** The buckets of a request in the order of its charges: where each is or could be, its state, and the tokens in it now. */
interface Drawn {
  readonly slots: number[]
  readonly states: (BucketState | undefined)[]
  readonly held: number[]
}

function hashOf(secret: string, text: string): Int32Array {
  // As a text: bytes in a buffer of their own would take longer to make than the hash.
  const bytes = hash('sha256', secret + text, 'latin1')
  return Int32Array.of(wordAt(bytes, 0), wordAt(bytes, 4), wordAt(bytes, 8), wordAt(bytes, 12))
}

function wordAt(bytes: string, at: number): number {
  const [a, b] = [bytes.charCodeAt(at), bytes.charCodeAt(at + 1)]
  return a | (b << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)
}

/** A lock of three states (Drepper, "Futexes Are Tricky"): nobody is woken where nobody waits. Held for microseconds. */
function acquire(lock: Int32Array): void {
  if (Atomics.compareExchange(lock, 0, FREE, LOCKED) === FREE) return
  while (Atomics.exchange(lock, 0, WAITED_FOR) !== FREE) Atomics.wait(lock, 0, WAITED_FOR)
}

function release(lock: Int32Array): void {
  if (Atomics.exchange(lock, 0, FREE) === WAITED_FOR) Atomics.notify(lock, 0, 1)
}
