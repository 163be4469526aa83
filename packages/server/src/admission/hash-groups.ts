/**
 * A hash may lie in any of this many slots. At the configured number of entries 171 of them are taken, give or take 13.
 */
const GROUP_SLOTS = 256
/**
 * This many slots of a group lie side by side. The next ones follow those of all other groups, so that little use takes
 * little memory.
 */
const ROW_SLOTS = 8
/** Room for half as many again, so that chance fills no group early. */
const SLOTS_PER_ENTRY = 1.5

const HASH_BYTES = 16
const NUMBER_BYTES = Float64Array.BYTES_PER_ELEMENT
/** Where the numbers of a slot begin: its end, then its other numbers. */
const END_AT = HASH_BYTES / NUMBER_BYTES

/** No slot. */
export const NO_SLOT = -1

/**
 * Hashes of 128 bits in groups of slots. Each hash has an end. It belongs to one group, and may lie in any of its
 * slots. A new hash takes the first free slot of its group, so the slots that were never written are the last ones.
 *
 * The fourth word of a hash may name its owner. {@link find} counts the owner's slots in the group. So an owner can be
 * limited to a share of each group, and so of all slots, without another count.
 *
 * A slot is free when its end has passed, whatever it holds. {@link write} writes the end last, so a thread that stops
 * in the middle leaves a free slot.
 */
export class HashGroups {
  /**
   * The result of {@link find}: the slot of the hash, otherwise a free one, otherwise `NO_SLOT`. It is a field, because
   * no object is made while a lock is held.
   */
  slot = NO_SLOT
  /** How many slots of the group the owner has; only right if the hash was not found. */
  ofOwner = 0

  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #numbersInSlot: number
  readonly #groups: number

  /**
   * @param memory from {@link allocate}. Threads may share it, but only one may use it at a time
   * @param besides how many numbers are stored beside each hash
   */
  constructor(memory: SharedArrayBuffer, besides = 0) {
    this.#words = new Int32Array(memory)
    this.#numbers = new Float64Array(memory)
    this.#numbersInSlot = numbersInSlot(besides)
    this.#groups = this.#numbers.length / this.#numbersInSlot / GROUP_SLOTS
  }

  /** Memory for this many entries; a few more fit in. */
  static allocate(entries: number, besides = 0): SharedArrayBuffer {
    const groups = Math.ceil((entries * SLOTS_PER_ENTRY) / GROUP_SLOTS)
    return new SharedArrayBuffer(groups * GROUP_SLOTS * numbersInSlot(besides) * NUMBER_BYTES)
  }

  /**
   * Whether a hash is there. Sets `slot` and `ofOwner`.
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

  /** Writes a hash into a free slot from {@link find}. It stays until `endMs`. */
  write(slot: number, hashed: Int32Array, endMs: number): void {
    const at = slot * this.#numbersInSlot * 2
    for (let word = 0; word < 4; word++) this.#words[at + word] = hashed[word] ?? 0
    this.setEnd(slot, endMs)
  }

  /** Sets when the slot is free again. */
  setEnd(slot: number, endMs: number): void {
    this.#numbers[slot * this.#numbersInSlot + END_AT] = endMs
  }

  /** The number at this place beside a hash. */
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

  /** How many slots of each group an owner can have, so that it has at most this part of all. */
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
