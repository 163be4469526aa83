/** A call that may continue. Call this when it is done, any number of times. */
export type Release = () => void

/** How many calls of one account run at once, and how many wait. */
export interface SlotLimits {
  readonly atOnce: number
  readonly waiting: number
}

/** Bounds how many calls of each account run at once. */
export interface AccountSlots {
  /** Waits for a slot; `undefined` if too many calls of this account wait already. */
  take(accountId: string): Promise<Release | undefined>
}

/** Slots for each account with calls under way. Nothing is kept for other accounts. */
export function createAccountSlots({ atOnce, waiting }: SlotLimits): AccountSlots {
  const accounts = new Map<string, { taken: number; readonly queue: (() => void)[] }>()

  function releaseOf(accountId: string): Release {
    let isDone = false
    return () => {
      if (isDone) return
      isDone = true
      const account = accounts.get(accountId)
      if (!account) return
      const next = account.queue.shift()
      // The slot passes to the next call.
      if (next) next()
      else if (--account.taken === 0) accounts.delete(accountId)
    }
  }

  return {
    async take(accountId) {
      const account = accounts.get(accountId) ?? { taken: 0, queue: [] }
      accounts.set(accountId, account)
      if (account.taken < atOnce) account.taken++
      else if (account.queue.length >= waiting) return undefined
      else await new Promise<void>((resolve) => account.queue.push(resolve))
      return releaseOf(accountId)
    },
  }
}
