/** A call that may go on; to be called when it is done, any number of times. */
export type Release = () => void

/** How many calls of one account go on at once, and how many wait. */
export interface SlotLimits {
  readonly atOnce: number
  readonly waiting: number
}

/** Lets calls of each account go on a few at a time. */
export interface AccountSlots {
  /** Waits for a slot; `undefined` where as many of this account wait already as may. */
  take(accountId: string): Promise<Release | undefined>
}

/** Slots for each account that has calls under way; nothing is kept of the others. */
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
      // The slot goes from one to the next.
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
