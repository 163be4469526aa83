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

/** Memory that all threads of a process see: claims and buckets of one admission. Plain data, to be handed to workers. */
export interface SharedAdmissionMemory {
  /** Keeps whoever picks key ids and nonces from picking where they are stored. */
  readonly secret: string
  readonly startedAtMs: number
  readonly lock: SharedArrayBuffer
  /** The latest time that any thread has seen. */
  readonly latestMs: SharedArrayBuffer
  readonly claimHashes: SharedArrayBuffer
  readonly claimEnds: SharedArrayBuffer
  readonly bucketHashes: SharedArrayBuffer
  readonly bucketNumbers: SharedArrayBuffer
}

/** Bounds of an admission in shared memory. Room for half as many again is taken, so that chance fills no group early. */
export interface SharedAdmissionSizes {
  /** Claims that are held at once, 24 bytes each. */
  readonly maxClaims: number
  /** Buckets that are not full, held at once; 65 536 by default, 40 bytes each. */
  readonly maxBuckets?: number
}

/** A hash may lie in any of so many slots. At the configured number of entries, 171 of them are taken, give or take 13. */
const GROUP_SLOTS = 256
const SLOTS_PER_ENTRY = 1.5

/** Names of buckets whose hashes each thread keeps: they come again with every request, and hashing is most of the work. */
const NAMES_KEPT = 10_000

const HASH_WORDS = 4
/** Tokens, the time they were counted, and the time from which on the bucket is full. */
const BUCKET_NUMBERS = 3

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
  const claimSlots = slotsFor(maxClaims)
  const bucketSlots = slotsFor(maxBuckets)
  return {
    secret,
    startedAtMs: nowMs,
    lock: new SharedArrayBuffer(4),
    latestMs: new SharedArrayBuffer(8),
    claimHashes: new SharedArrayBuffer(claimSlots * HASH_WORDS * 4),
    claimEnds: new SharedArrayBuffer(claimSlots * 8),
    bucketHashes: new SharedArrayBuffer(bucketSlots * HASH_WORDS * 4),
    bucketNumbers: new SharedArrayBuffer(bucketSlots * BUCKET_NUMBERS * 8),
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
  const claims = new HashGroups(new Int32Array(memory.claimHashes))
  const claimEnds = new Float64Array(memory.claimEnds)
  const buckets = new HashGroups(new Int32Array(memory.bucketHashes))
  const numbers = new Float64Array(memory.bucketNumbers)
  const hashesByName = new Map<string, Int32Array>()

  function bucketHash(name: string): Int32Array {
    const known = hashesByName.get(name)
    if (known) return known
    if (hashesByName.size >= NAMES_KEPT) hashesByName.clear()
    const hashed = hashOf(memory.secret, name)
    hashesByName.set(name, hashed)
    return hashed
  }

  function isFullAt(slot: number, nowMs: number): boolean {
    return (numbers[slot * BUCKET_NUMBERS + 2] ?? 0) <= nowMs
  }

  function readBucket(slot: number): BucketState {
    return { tokens: numbers[slot * BUCKET_NUMBERS] ?? 0, atMs: numbers[slot * BUCKET_NUMBERS + 1] ?? 0 }
  }

  function writeBucket(slot: number, hashed: Int32Array, after: BucketState, charge: Charge): void {
    buckets.write(slot, hashed)
    numbers[slot * BUCKET_NUMBERS] = after.tokens
    numbers[slot * BUCKET_NUMBERS + 1] = after.atMs
    numbers[slot * BUCKET_NUMBERS + 2] = fullAtMs(after, charge)
  }

  /** One after the other: the second bucket of a request must not be given the free slot of the first. */
  function findBuckets(hashes: readonly Int32Array[], nowMs: number): Place[] {
    const found: Place[] = []
    for (const hashed of hashes) {
      found.push(buckets.find(hashed, (slot) => isFullAt(slot, nowMs) && !found.some((other) => other.slot === slot)))
    }
    return found
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
    const claimPlace = claimHash && claims.find(claimHash, (slot) => (claimEnds[slot] ?? 0) <= nowMs)
    if (claimPlace?.isFound) return { outcome: 'already_used' }
    const places = findBuckets(hashes, nowMs)
    const states = places.map(({ isFound, slot }) => (isFound ? readBucket(slot) : undefined))
    const held = charges.map((charge, i) => tokensAt(states[i], charge, nowMs))
    const limited = scarcest(charges, held)
    if (limited) return { outcome: 'limited', ...limited, waitMs: limited.waitMs + nowMs - askedAtMs }
    if (claimPlace?.slot === NO_SLOT || places.some(({ slot }) => slot === NO_SLOT)) return { outcome: 'full' }
    for (let i = 0; i < charges.length; i++) {
      const charge = charges[i]
      const place = places[i]
      const hashed = hashes[i]
      if (charge && place && hashed) {
        writeBucket(place.slot, hashed, afterTaking(states[i], held[i] ?? 0, charge.cost, nowMs), charge)
      }
    }
    if (claim && claimHash && claimPlace) {
      claims.write(claimPlace.slot, claimHash)
      claimEnds[claimPlace.slot] = claim.untilMs
    }
    return ADMITTED
  }

  return {
    claimsSinceMs: memory.startedAtMs,

    admit(request) {
      const claimHash = request.claim && hashOf(memory.secret, request.claim.key)
      const hashes = request.charges.map(({ bucket }) => bucketHash(bucket))
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
        const { isFound, slot } = buckets.find(hashed, (each) => isFullAt(each, nowMs))
        return tokensAt(isFound ? readBucket(slot) : undefined, size, nowMs)
      } finally {
        release(lock)
      }
    },

    use(nowMs) {
      let liveBuckets = 0
      for (let slot = 0; slot * BUCKET_NUMBERS < numbers.length; slot++) if (!isFullAt(slot, nowMs)) liveBuckets++
      return { claims: claimEnds.reduce((live, end) => (end > nowMs ? live + 1 : live), 0), buckets: liveBuckets }
    },
  }
}

const ADMITTED: AdmissionOutcome = { outcome: 'admitted' }

const NO_SLOT = -1

/** Where a hash is, or could be. */
interface Place {
  readonly slot: number
  readonly isFound: boolean
}

/** Hashes of 128 bits in groups of slots; each hash has one group, and within it any slot. */
class HashGroups {
  readonly #words: Int32Array
  readonly #groups: number

  constructor(words: Int32Array) {
    this.#words = words
    this.#groups = words.length / HASH_WORDS / GROUP_SLOTS
  }

  /** The slot that holds a hash, else a free one of its group, else `NO_SLOT`. */
  find(hashed: Int32Array, isFree: (slot: number) => boolean): Place {
    const a = hashed[0] ?? 0
    const b = hashed[1]
    const c = hashed[2]
    const d = hashed[3]
    const words = this.#words
    const first = ((a >>> 0) % this.#groups) * GROUP_SLOTS
    let free = NO_SLOT
    for (let slot = first; slot < first + GROUP_SLOTS; slot++) {
      const at = slot * HASH_WORDS
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) {
        return { slot, isFound: !isFree(slot) }
      }
      if (free === NO_SLOT && isFree(slot)) free = slot
    }
    return { slot: free, isFound: false }
  }

  write(slot: number, hashed: Int32Array): void {
    this.#words.set(hashed, slot * HASH_WORDS)
  }
}

function hashOf(secret: string, text: string): Int32Array {
  const digest = hash('sha256', secret + text, 'buffer')
  return Int32Array.of(digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12))
}

function slotsFor(entries: number): number {
  return Math.ceil((entries * SLOTS_PER_ENTRY) / GROUP_SLOTS) * GROUP_SLOTS
}

/** A lock of three states (Drepper, "Futexes Are Tricky"): nobody is woken where nobody waits. Held for microseconds. */
function acquire(lock: Int32Array): void {
  if (Atomics.compareExchange(lock, 0, FREE, LOCKED) === FREE) return
  while (Atomics.exchange(lock, 0, WAITED_FOR) !== FREE) Atomics.wait(lock, 0, WAITED_FOR)
}

function release(lock: Int32Array): void {
  if (Atomics.exchange(lock, 0, FREE) === WAITED_FOR) Atomics.notify(lock, 0, 1)
}
