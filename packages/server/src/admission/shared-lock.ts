import { threadId } from 'node:worker_threads'

/** Nobody holds the lock. Otherwise the word is the holder's number, with {@link WAITED_FOR} if a thread waits. */
const FREE = 0
const WAITED_FOR = 1 << 30

const [STATE, TICKET, RECOVERIES, WORDS] = [0, 1, 2, 3]

/** A waiting thread looks again after this time. */
const LOOK_EVERY_MS = 100
/**
 * A lock that one thread holds for this many looks of another is taken from it: one second. Looks are counted, not
 * time. After a stop of the whole process a second has passed, and the holder only needs to continue.
 */
const LOOKS = 10

/**
 * A lock for threads that share memory, held for microseconds. The word names the holder, so that a thread that ended
 * inside does not stop the others. Whoever sees its end calls {@link SharedLock.releaseOf}, and a waiting thread takes
 * the lock after a second. What the lock guards must be safe when it is half-written.
 *
 * A thread that was stopped for more than a second no longer holds the lock. It checks {@link SharedLock.isMine} before
 * it writes, and its release changes nothing.
 */
export class SharedLock {
  readonly #words: Int32Array
  readonly #me: number

  /** @param holder the id of the thread that holds it through this object */
  constructor(memory: SharedArrayBuffer, holder: number = threadId) {
    this.#words = new Int32Array(memory)
    this.#me = holder + 1
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)
  }

  acquire(): void {
    if (Atomics.compareExchange(this.#words, STATE, FREE, this.#me) !== FREE) this.#wait()
    // Shows a waiting thread that this is another hold than before.
    Atomics.add(this.#words, TICKET, 1)
  }

  release(): void {
    this.#release(this.#me)
  }

  /** Whether this thread holds it still. */
  get isMine(): boolean {
    return (Atomics.load(this.#words, STATE) & ~WAITED_FOR) === this.#me
  }

  /** Releases it for a thread that ended; nothing happens if that thread does not hold it. */
  releaseOf(holder: number): void {
    if (this.#release(holder + 1)) Atomics.add(this.#words, RECOVERIES, 1)
  }

  /** How often it was taken from a thread that had ended, or that held it for a second. */
  get recoveries(): number {
    return Atomics.load(this.#words, RECOVERIES)
  }

  #release(holder: number): boolean {
    if (Atomics.compareExchange(this.#words, STATE, holder, FREE) === holder) return true
    const waited = holder | WAITED_FOR
    if (Atomics.compareExchange(this.#words, STATE, waited, FREE) !== waited) return false
    Atomics.notify(this.#words, STATE, 1)
    return true
  }

  #wait(): void {
    const words = this.#words
    let looks = 0
    let seenState = FREE
    let seenTicket = 0
    for (;;) {
      const state = Atomics.load(words, STATE)
      if (state === FREE) {
        // Others may wait too: one thread too many is woken rather than one too few.
        if (Atomics.compareExchange(words, STATE, FREE, this.#me | WAITED_FOR) === FREE) return
        continue
      }
      const waited = state | WAITED_FOR
      if (state !== waited && Atomics.compareExchange(words, STATE, state, waited) !== state) continue
      const ticket = Atomics.load(words, TICKET)
      if (waited !== seenState || ticket !== seenTicket) {
        looks = 0
        seenState = waited
        seenTicket = ticket
      } else if (looks >= LOOKS) {
        if (Atomics.compareExchange(words, STATE, waited, this.#me | WAITED_FOR) !== waited) continue
        Atomics.add(words, RECOVERIES, 1)
        return
      }
      if (Atomics.wait(words, STATE, waited, LOOK_EVERY_MS) === 'timed-out') looks++
    }
  }
}
