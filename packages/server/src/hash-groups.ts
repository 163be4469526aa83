/** A hash may lie in any of so many slots. At the configured number of entries, 171 of them are taken, give or take 13. */
const GROUP_SLOTS = 256
/** Slots that lie side by side; the next of the same group follow those of all other groups, so that little use takes little memory. */
const ROW_SLOTS = 8
/** Room for half as many again is taken, so that chance fills no group early. */
const SLOTS_PER_ENTRY = 1.5

const HASH_BYTES = 16
const NUMBER_BYTES = Float64Array.BYTES_PER_ELEMENT
/** Where the numbers of a slot begin: its end, then whatever is kept beside it. */
const END_AT = HASH_BYTES / NUMBER_BYTES

/** No slot. */
export const NO_SLOT = -1

const NONE: readonly number[] = []

/** Where a hash is, or could be. */
export interface Place {
  readonly slot: number
  readonly isFound: boolean
}

/**
 * Hashes of 128 bits in groups of slots, each until a time of its own: a hash has one group, and within it any slot. What is
 * written takes the first free slot of its group, so those that were never written are its last.
 */
export class HashGroups {
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #numbersInSlot: number
  readonly #groups: number

  /**
   * @param memory of {@link allocate}, which threads may share; no two of them may be in here at once
   * @param besides numbers that are kept beside each hash
   */
  constructor(memory: SharedArrayBuffer, besides = 0) {
    this.#words = new Int32Array(memory)
    this.#numbers = new Float64Array(memory)
    this.#numbersInSlot = numbersInSlot(besides)
    this.#groups = this.#numbers.length / this.#numbersInSlot / GROUP_SLOTS
  }

  /** Memory for so many entries; somewhat more fit in. */
  static allocate(entries: number, besides = 0): SharedArrayBuffer {
    const groups = Math.ceil((entries * SLOTS_PER_ENTRY) / GROUP_SLOTS)
    return new SharedArrayBuffer(groups * GROUP_SLOTS * numbersInSlot(besides) * NUMBER_BYTES)
  }

  /**
   * The slot that holds a hash, else a free one of its group, else `NO_SLOT`.
   *
   * @param hashed four words
   * @param except slots that are free still and about to be written with other hashes
   */
  find(hashed: Int32Array, nowMs: number, except: readonly number[] = NONE): Place {
    const a = hashed[0] ?? 0
    const b = hashed[1] ?? 0
    const c = hashed[2] ?? 0
    const d = hashed[3] ?? 0
    const words = this.#words
    const rowSlots = this.#groups * ROW_SLOTS
    let slot = ((a >>> 0) % this.#groups) * ROW_SLOTS
    let free = NO_SLOT
    for (let i = 1; i <= GROUP_SLOTS; i++) {
      const at = slot * this.#numbersInSlot * 2
      const word = words[at] ?? 0
      const isTaken = this.#isTaken(slot, nowMs)
      // A hash whose time is over lies in a free slot, which may be in `except`.
      if (isTaken && word === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) {
        return { slot, isFound: true }
      }
      if (free === NO_SLOT && !isTaken && !except.includes(slot)) free = slot
      const isUnwritten = word === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0
      if (isUnwritten && free !== NO_SLOT) break
      slot += i % ROW_SLOTS === 0 ? rowSlots - ROW_SLOTS + 1 : 1
    }
    return { slot: free, isFound: false }
  }

  /** Puts a hash in a slot that {@link find} gave for it. It is there until `endMs` (Unix milliseconds). */
  write(slot: number, hashed: Int32Array, endMs: number): void {
    this.#words.set(hashed, slot * this.#numbersInSlot * 2)
    this.#numbers[slot * this.#numbersInSlot + END_AT] = endMs
  }

  /** The number so many places beside a hash. */
  beside(slot: number, place: number): number {
    return this.#numbers[slot * this.#numbersInSlot + END_AT + 1 + place] ?? 0
  }

  putBeside(slot: number, place: number, value: number): void {
    this.#numbers[slot * this.#numbersInSlot + END_AT + 1 + place] = value
  }

  /** How many slots are taken. */
  taken(nowMs: number): number {
    let taken = 0
    for (let slot = 0; slot < this.#groups * GROUP_SLOTS; slot++) if (this.#isTaken(slot, nowMs)) taken++
    return taken
  }

  #isTaken(slot: number, nowMs: number): boolean {
    return (this.#numbers[slot * this.#numbersInSlot + END_AT] ?? 0) > nowMs
  }
}

function numbersInSlot(besides: number): number {
  return END_AT + 1 + besides
}
