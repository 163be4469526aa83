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

/** How long others are not asked after a question without an answer, in milliseconds. */
const PAUSE_MS = 1_000

/**
 * Asks until the store is silent; then one question a second tries again, and every other one is `'unavailable'` at once. So
 * an outage delays one request a second, and the others are decided from the cache.
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

  return {
    async load(keyId) {
      if (silentAtMs === undefined) return askNow(keyId)
      if (isTrying || elapsed() - silentAtMs < PAUSE_MS) return 'unavailable'
      isTrying = true
      try {
        return await askNow(keyId)
      } finally {
        isTrying = false
      }
    },
    answers() {
      silentAtMs = undefined
    },
  }
}
