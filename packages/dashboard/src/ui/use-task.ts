import { useState } from 'react'

/** An act that a person starts: whether it runs, and why it failed last. */
export interface Task<Args extends readonly unknown[]> {
  readonly run: (...args: Args) => Promise<void>
  readonly isBusy: boolean
  readonly error: Error | undefined
  readonly forgetError: () => void
}

/** Runs an act. Unlike `useMutation` it keeps no arguments and no result: private keys and links pass through it. */
export function useTask<Args extends readonly unknown[]>(act: (...args: Args) => Promise<unknown>): Task<Args> {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const run = async (...args: Args) => {
    setBusy(true)
    setError(undefined)
    try {
      await act(...args)
    } catch (reason) {
      setError(reason as Error)
    } finally {
      setBusy(false)
    }
  }
  return { run, isBusy, error, forgetError: () => setError(undefined) }
}
