import type { KeyRecord } from './ports.ts'

/** What a question to a store of keys came to; `'silent'` where the store did not answer. */
export type StoreAnswer = KeyRecord | undefined | 'unavailable' | 'silent'

/** Asks a store of keys that may stop answering. */
export interface PausingLoader {
  /** The key as the store has it now, `'unavailable'` where that cannot be known. */
  load(keyId: string): Promise<KeyRecord | undefined | 'unavailable'>
  /** The store was seen to answer: the next question need not wait. */
  answers(): void
}

/** How long the store is not asked after a question without an answer, in milliseconds. */
const PAUSE_MS = 1_000

/**
 * Asks until the store is silent. From then on every key is `'unavailable'` at once, and one question a second, for which nobody
 * waits, finds out whether the store answers again. So an outage delays only the requests that first noticed it; all others are
 * decided from the cache.
 *
 * @param elapsed milliseconds, on a clock that nobody sets
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
      // A fault is an answer too. Whoever asks next sees it, if it is still there.
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
