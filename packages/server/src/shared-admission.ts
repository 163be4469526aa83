import { hash } from 'node:crypto'
import {
  type Admission,
  type AdmissionOutcome,
  afterTaking,
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
  readonly claimHashes: SharedArrayBuffer
  readonly claimEnds: SharedArrayBuffer
  readonly bucketHashes: SharedArrayBuffer
  readonly bucketNumbers: SharedArrayBuffer
}

/** Bounds of an admission in shared memory. */
export interface SharedAdmissionSizes {
  /** Claims that are held at once. Room for twice as many is taken, 24 bytes each, so that chance fills no group early. */
  readonly maxClaims: number
  /** Buckets that are not full, held at once; 65 536 by default, 40 bytes each, twice as much room likewise. */
  readonly maxBuckets?: number
}

/** A claim may lie in any slot of its group, a bucket in any of its smaller one. */
const CLAIM_GROUP = 64
const BUCKET_GROUP = 32

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
  const claimSlots = slotsFor(maxClaims, CLAIM_GROUP)
  const bucketSlots = slotsFor(maxBuckets, BUCKET_GROUP)
  return {
    secret,
    startedAtMs: nowMs,
    lock: new SharedArrayBuffer(4),
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

/** Admission for all threads of one process, over memory that they share. */
export function createSharedAdmission(
  memory: SharedAdmissionMemory,
): Admission & { readonly use: (nowMs: number) => AdmissionUse } {
  const lock = new Int32Array(memory.lock)
  const claims = new HashGroups(new Int32Array(memory.claimHashes), CLAIM_GROUP)
  const claimEnds = new Float64Array(memory.claimEnds)
  const buckets = new HashGroups(new Int32Array(memory.bucketHashes), BUCKET_GROUP)
  const numbers = new Float64Array(memory.bucketNumbers)

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

  function admitLocked(
    claim: { hashed: Int32Array; untilMs: number } | undefined,
    charges: readonly (Charge & { hashed: Int32Array })[],
    nowMs: number,
  ): AdmissionOutcome {
    const claimSlot = claim && claims.find(claim.hashed, (slot) => (claimEnds[slot] ?? 0) <= nowMs)
    if (claimSlot?.isFound) return { outcome: 'already_used' }
    // One after the other: the second bucket of a request must not be given the free slot of the first.
    const taken: number[] = []
    const found = charges.map(({ hashed }) => {
      const place = buckets.find(hashed, (slot) => isFullAt(slot, nowMs) && !taken.includes(slot))
      taken.push(place.slot)
      return place
    })
    const states = found.map(({ isFound, slot }) => (isFound ? readBucket(slot) : undefined))
    const held = charges.map((charge, i) => tokensAt(states[i], charge, nowMs))
    const limited = scarcest(charges, held)
    if (limited) return { outcome: 'limited', ...limited }
    if (claimSlot?.slot === NO_SLOT || found.some(({ slot }) => slot === NO_SLOT)) return { outcome: 'full' }
    for (const [i, charge] of charges.entries()) {
      const after = afterTaking(states[i], held[i] ?? 0, charge.cost, nowMs)
      writeBucket(found[i]?.slot ?? NO_SLOT, charge.hashed, after, charge)
    }
    if (claim && claimSlot) {
      claims.write(claimSlot.slot, claim.hashed)
      claimEnds[claimSlot.slot] = claim.untilMs
    }
    return { outcome: 'admitted' }
  }

  return {
    claimsSinceMs: memory.startedAtMs,

    admit({ claim, charges, nowMs }) {
      const hashedClaim = claim && { hashed: hashOf(memory.secret, claim.key), untilMs: claim.untilMs }
      const hashedCharges = charges.map((charge) => ({ ...charge, hashed: hashOf(memory.secret, charge.bucket) }))
      acquire(lock)
      try {
        return admitLocked(hashedClaim, hashedCharges, nowMs)
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

const NO_SLOT = -1

/** Hashes of 128 bits in groups of slots; each hash has one group, and within it any slot. */
class HashGroups {
  readonly #words: Int32Array
  readonly #groupSize: number
  readonly #groups: number

  constructor(words: Int32Array, groupSize: number) {
    this.#words = words
    this.#groupSize = groupSize
    this.#groups = words.length / HASH_WORDS / groupSize
  }

  /** The slot that holds a hash, else a free one of its group, else `NO_SLOT`. */
  find(hashed: Int32Array, isFree: (slot: number) => boolean): { slot: number; isFound: boolean } {
    const words = this.#words
    const first = ((hashed[0] ?? 0) >>> 0) % this.#groups
    let free = NO_SLOT
    for (let slot = first * this.#groupSize, end = slot + this.#groupSize; slot < end; slot++) {
      const at = slot * HASH_WORDS
      const isSame =
        words[at] === hashed[0] &&
        words[at + 1] === hashed[1] &&
        words[at + 2] === hashed[2] &&
        words[at + 3] === hashed[3]
      if (isSame) return isFree(slot) ? { slot, isFound: false } : { slot, isFound: true }
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

function slotsFor(entries: number, groupSize: number): number {
  return Math.ceil((entries * 2) / groupSize) * groupSize
}

/** A lock of three states (Drepper, "Futexes Are Tricky"): nobody is woken where nobody waits. Held for microseconds. */
function acquire(lock: Int32Array): void {
  if (Atomics.compareExchange(lock, 0, FREE, LOCKED) === FREE) return
  while (Atomics.exchange(lock, 0, WAITED_FOR) !== FREE) Atomics.wait(lock, 0, WAITED_FOR)
}

function release(lock: Int32Array): void {
  if (Atomics.exchange(lock, 0, FREE) === WAITED_FOR) Atomics.notify(lock, 0, 1)
}
