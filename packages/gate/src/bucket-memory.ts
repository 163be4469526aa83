import type { AccountUse, AccountUses } from './account-uses.ts'
import type { Charge } from './admission.ts'
import { afterTaking, type BucketState, fullAtMs, tokensAt } from './token-bucket.ts'

interface Bucket extends BucketState {
  readonly fullAtMs: number
  /** Whose share it counts towards. */
  readonly use: AccountUse | undefined
}

/** Token buckets in memory, each until it is full again. */
export class BucketMemory {
  readonly #uses: AccountUses
  readonly #buckets = new Map<string, Bucket>()

  constructor(uses: AccountUses) {
    this.#uses = uses
  }

  get size(): number {
    return this.#buckets.size
  }

  has(bucket: string): boolean {
    return this.#buckets.has(bucket)
  }

  /** The tokens that a bucket holds now. */
  tokens(charge: Charge, nowMs: number): number {
    return tokensAt(this.#buckets.get(charge.bucket), charge, nowMs)
  }

  /** Takes the cost of a charge out of the tokens that its bucket holds. */
  take(charge: Charge, accountId: string, tokens: number, nowMs: number): void {
    const state = this.#buckets.get(charge.bucket)
    const after = afterTaking(state, tokens, charge.cost, nowMs)
    const use = state ? state.use : charge.isOfKey ? this.#uses.of(accountId) : undefined
    if (!state && use) this.#uses.count(use, 0, 1)
    this.#buckets.set(charge.bucket, { tokens: after.tokens, atMs: after.atMs, fullAtMs: fullAtMs(after, charge), use })
  }

  forgetFull(nowMs: number): void {
    for (const [name, { fullAtMs, use }] of this.#buckets) {
      if (fullAtMs > nowMs) continue
      this.#buckets.delete(name)
      if (use) this.#uses.count(use, 0, -1)
    }
  }
}
