import { KeptKeys } from './kept-keys.ts'
import { LookUps } from './look-ups.ts'
import type { KeyRecord, KeySource } from './ports.ts'

/** A change to a key, or to all keys of an account if no key is named. */
export interface KeyChange {
  readonly accountId: string
  readonly keyId?: string
}

/** Options of a key cache. */
export interface KeyCacheOptions {
  /** Reads a key from the durable store. `'unavailable'` if the store does not answer; faults throw. */
  readonly load: (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'>
  /** The most keys that are held; 10 000 by default. The least recently used key is dropped first. */
  readonly maxKeys?: number
  /** The most unknown ids that are held; 10 000 by default. */
  readonly maxUnknown?: number
  /** How long cached keys count after a good poll of the changes, in milliseconds; 2 000 by default. */
  readonly freshForMs?: number
  /** How long cached keys count without an answer of the store, in milliseconds; 30 000 by default. */
  readonly maxStalenessMs?: number
  /** Unix milliseconds. */
  readonly now?: () => number
}

/** A bounded cache in front of a durable store of keys. Reported changes keep it correct. */
export interface KeyCache extends KeySource {
  /** Drops what changed. After the return no look-up answers with a value that was read before the change. */
  apply(changes: Iterable<KeyChange>): void
  /** Drops everything. */
  clear(): void
  /** All changes that were committed before this time (Unix milliseconds) have been applied. */
  freshAsOf(timeMs: number): void
}

/**
 * A cache with the freshness rule of docs/security.md "Fresh keys". Cached keys count while the last good poll is
 * young. After that each use reads again. Without the store, cached keys count until `maxStalenessMs` and are
 * `'unavailable'` afterwards. Simultaneous misses of one key share one read. A read is discarded if the key changed
 * during it.
 */
export function createKeyCache(options: KeyCacheOptions): KeyCache {
  const { load, maxKeys = 10_000, maxUnknown = 10_000, now = Date.now } = options
  const { freshForMs = 2_000, maxStalenessMs = 30_000 } = options
  const kept = new KeptKeys(maxKeys, maxUnknown)
  const lookUps = new LookUps(load, kept, now)
  let freshAsOfMs = Number.NEGATIVE_INFINITY

  /** A time in the future means that the clock was set back since: the entry may be of any age. */
  function ageOf(timeMs: number): number {
    const ageMs = now() - timeMs
    return ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs
  }

  async function findAnew(keyId: string): Promise<KeyRecord | undefined | 'unavailable'> {
    const found = await lookUps.find(keyId)
    if (found !== 'unavailable') return found.record
    const still = kept.find(keyId)
    if (!still || Math.min(ageOf(still.readAtMs), ageOf(freshAsOfMs)) >= maxStalenessMs) return found
    return still.record
  }

  return {
    find(keyId) {
      const before = kept.find(keyId)
      return before && ageOf(freshAsOfMs) < freshForMs ? before.record : findAnew(keyId)
    },

    apply(changes) {
      for (const { accountId, keyId } of changes) {
        if (keyId === undefined) kept.forgetAccount(accountId)
        else kept.forget(keyId)
        lookUps.overtake(keyId)
      }
    },

    clear() {
      kept.clear()
      lookUps.overtake()
    },

    freshAsOf(timeMs) {
      freshAsOfMs = freshAsOfMs > now() ? timeMs : Math.max(freshAsOfMs, timeMs)
    },
  }
}
