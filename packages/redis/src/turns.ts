/** Collects what comes in one turn of the event loop, and hands it on at its end. */
export class Turns<T> {
  readonly #handOn: (collected: T[]) => void
  #collected: T[] = []

  constructor(handOn: (collected: T[]) => void) {
    this.#handOn = handOn
  }

  add(it: T): void {
    if (this.#collected.push(it) === 1) setImmediate(() => this.#end())
  }

  #end(): void {
    const collected = this.#collected
    this.#collected = []
    this.#handOn(collected)
  }
}
