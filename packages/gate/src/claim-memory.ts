import type { AccountUse, AccountUses } from './account-uses.ts'

/** Claims in memory, each until its end. They are listed by the second in which they end, so that the ended ones are found. */
export class ClaimMemory {
  readonly #uses: AccountUses
  readonly #useByKey = new Map<string, AccountUse>()
  readonly #keysBySecond = new Map<number, string[]>()

  constructor(uses: AccountUses) {
    this.#uses = uses
  }

  get size(): number {
    return this.#useByKey.size
  }

  has(key: string): boolean {
    return this.#useByKey.has(key)
  }

  add(key: string, accountId: string, untilMs: number): void {
    const use = this.#uses.of(accountId)
    this.#uses.count(use, 1, 0)
    this.#useByKey.set(key, use)
    const second = Math.ceil(untilMs / 1000)
    const others = this.#keysBySecond.get(second)
    if (others) others.push(key)
    else this.#keysBySecond.set(second, [key])
  }

  forgetEnded(timeMs: number): void {
    for (const [second, keys] of this.#keysBySecond) {
      if (second * 1000 > timeMs) continue
      for (const key of keys) this.#forget(key)
      this.#keysBySecond.delete(second)
    }
  }

  #forget(key: string): void {
    const use = this.#useByKey.get(key)
    if (this.#useByKey.delete(key) && use) this.#uses.count(use, -1, 0)
  }
}
