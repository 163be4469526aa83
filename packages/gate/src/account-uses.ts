/** What an account takes of an admission in memory. */
export interface AccountUse {
  readonly accountId: string
  claims: number
  buckets: number
}

/** What each account takes. An account without claims and own buckets is forgotten. */
export class AccountUses {
  readonly #uses = new Map<string, AccountUse>()

  get size(): number {
    return this.#uses.size
  }

  find(accountId: string): AccountUse | undefined {
    return this.#uses.get(accountId)
  }

  /** The use of an account, to be counted at once: a new one takes nothing yet. */
  of(accountId: string): AccountUse {
    const known = this.#uses.get(accountId)
    if (known) return known
    const use = { accountId, claims: 0, buckets: 0 }
    this.#uses.set(accountId, use)
    return use
  }

  count(use: AccountUse, moreClaims: number, moreBuckets: number): void {
    use.claims += moreClaims
    use.buckets += moreBuckets
    if (use.claims === 0 && use.buckets === 0) this.#uses.delete(use.accountId)
  }
}
