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

/**
 * Hashes of 128 bits in groups of slots, each until a time of its own: a hash has one group, and within it any slot. What is
 * written takes the first free slot of its group, so the slots that were never written are its last.
 *
 * The fourth word of a hash may name its owner: {@link find} counts what an owner has in a group, so an owner can be held to a share of each
 * group, and so of all slots, without any other count.
 *
 * A slot whose end has come is free, whatever is in it. {@link write} writes the end last, so a thread that stops in the middle leaves a
 * free slot.
 */
export class HashGroups {
  /** What {@link find} found, here since nothing is made anew while a lock is held: the slot of the hash, else a free one, else `NO_SLOT`. */
  slot = NO_SLOT
  /** How many slots of the group the owner of the hash has; only right where the hash was not found. */
  ofOwner = 0

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
   * Whether a hash is there; sets `slot` and `ofOwner`.
   *
   * @param hashed four words
   * @param except its first `excepts` numbers are free slots that are about to be written with other hashes
   */
  find(hashed: Int32Array, nowMs: number, except: Int32Array = NONE, excepts = 0): boolean {
    const a = hashed[0] ?? 0
    const b = hashed[1] ?? 0
    const c = hashed[2] ?? 0
    const d = hashed[3] ?? 0
    const words = this.#words
    const rowSlots = this.#groups * ROW_SLOTS
    let slot = ((a >>> 0) % this.#groups) * ROW_SLOTS
    this.slot = NO_SLOT
    this.ofOwner = 0
    for (let i = 1; i <= GROUP_SLOTS; i++) {
      const at = slot * this.#numbersInSlot * 2
      const isTaken = this.#isTaken(slot, nowMs)
      if (isTaken) {
        if (words[at + 3] === d) {
          if (words[at] === a && words[at + 1] === b && words[at + 2] === c) {
            this.slot = slot
            return true
          }
          this.ofOwner++
        }
      } else if (this.slot === NO_SLOT) {
        if (!isAmong(slot, except, excepts)) this.slot = slot
      }
      const isUnwritten = words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0
      if (isUnwritten && this.slot !== NO_SLOT) break
      slot += i % ROW_SLOTS === 0 ? rowSlots - ROW_SLOTS + 1 : 1
    }
    return false
  }

  /** Puts a hash in a free slot that {@link find} gave for it. It is there until `endMs`. */
  write(slot: number, hashed: Int32Array, endMs: number): void {
    const at = slot * this.#numbersInSlot * 2
    for (let word = 0; word < 4; word++) this.#words[at + word] = hashed[word] ?? 0
    this.setEnd(slot, endMs)
  }

  /** When the slot is free again. */
  setEnd(slot: number, endMs: number): void {
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

  /** How many slots an owner can have of each group, so that it has no more than this part of all. */
  static slotsOf(part: number): number {
    return Math.floor(GROUP_SLOTS * part)
  }

  #isTaken(slot: number, nowMs: number): boolean {
    return (this.#numbers[slot * this.#numbersInSlot + END_AT] ?? 0) > nowMs
  }
}

const NONE = new Int32Array(0)

function isAmong(slot: number, slots: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (slots[i] === slot) return true
  return false
}

function numbersInSlot(besides: number): number {
  return END_AT + 1 + besides
}
