import type { KeyRecord } from './ports.ts'

/** The result of a look-up in a store of keys; `'silent'` if the store did not answer. */
export type StoreAnswer = KeyRecord | undefined | 'unavailable' | 'silent'

/** Look-ups in a store of keys that may stop answering. */
export interface PausingLoader {
  /** The key as the store has it now, `'unavailable'` if that cannot be known. */
  load(keyId: string): Promise<KeyRecord | undefined | 'unavailable'>
  /** Reports that the store answers: the next look-up need not wait. */
  answers(): void
}

/** How long the store is not asked after a look-up without an answer, in milliseconds. */
const PAUSE_MS = 1_000

/**
 * Asks the store until it is silent. From then on every key is `'unavailable'` at once, and one look-up a second tests
 * whether the store answers again. No request waits for that look-up. So an outage delays only the requests that first
 * met it. All others are decided from the cache.
 *
 * @param elapsed milliseconds, by a monotonic clock
 */
export function pauseAfterSilence(ask: (keyId: string) => Promise<StoreAnswer>, elapsed: () => number): PausingLoader {
  let silentAtMs: number | undefined
  let isTrying = false

  async function askNow(keyId: string): Promise<KeyRecord | undefined | 'unavailable'> {
    const answer = await ask(keyId)
    if (answer === 'silent') {
      silentAtMs = elapsed()
      return 'unavailable'
    }
    if (answer !== 'unavailable') silentAtMs = undefined
    return answer
  }

  async function tryAgain(keyId: string): Promise<void> {
    isTrying = true
    try {
      await askNow(keyId)
    } catch {
      // A fault is an answer too. The next caller sees it if it is still there.
      silentAtMs = undefined
    } finally {
      isTrying = false
    }
  }

  return {
    async load(keyId) {
      if (silentAtMs === undefined) return askNow(keyId)
      if (!isTrying && elapsed() - silentAtMs >= PAUSE_MS) tryAgain(keyId)
      return 'unavailable'
    },
    answers() {
      silentAtMs = undefined
    },
  }
}
