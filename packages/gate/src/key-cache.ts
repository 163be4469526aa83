import { BoundedMap } from './bounded-map.ts'
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

interface Entry {
  readonly record: KeyRecord | undefined
  readonly readAtMs: number
}

interface LookUp {
  readonly found: Promise<Entry | 'unavailable'>
  overtaken: boolean
}

/** The most reads of one key for one look-up, if the key keeps changing meanwhile. */
const MAX_READS = 10

/**
 * A cache with the freshness rule of docs/security.md "Fresh keys". Cached keys count while the last good poll is
 * young. After that each use reads again. Without the store, cached keys count until `maxStalenessMs` and are
 * `'unavailable'` afterwards. Simultaneous misses of one key share one read. A read is discarded if the key changed
 * during it.
 */
export function createKeyCache(options: KeyCacheOptions): KeyCache {
  const { load, maxKeys = 10_000, maxUnknown = 10_000, now = Date.now } = options
  const { freshForMs = 2_000, maxStalenessMs = 30_000 } = options
  const known = new BoundedMap<Entry & { record: KeyRecord }>(maxKeys)
  const unknown = new BoundedMap<Entry>(maxUnknown)
  const lookUps = new Map<string, LookUp>()
  let freshAsOfMs = Number.NEGATIVE_INFINITY

  function cached(keyId: string): Entry | undefined {
    return known.get(keyId) ?? unknown.get(keyId)
  }

  function keep(keyId: string, entry: Entry): void {
    known.delete(keyId)
    unknown.delete(keyId)
    if (entry.record) known.set(keyId, { ...entry, record: entry.record })
    else unknown.set(keyId, entry)
  }

  function lookUp(keyId: string): Promise<Entry | 'unavailable'> {
    const running = lookUps.get(keyId)
    if (running) return running.found
    const started: LookUp = { found: Promise.resolve().then(() => read(keyId, started)), overtaken: false }
    lookUps.set(keyId, started)
    return started.found
  }

  async function read(keyId: string, lookUp: LookUp): Promise<Entry | 'unavailable'> {
    try {
      for (let reads = 0; reads < MAX_READS; reads++) {
        lookUp.overtaken = false
        const readAtMs = now()
        const record = await load(keyId)
        if (record === 'unavailable') return record
        if (lookUp.overtaken) continue
        const entry = { record, readAtMs }
        keep(keyId, entry)
        return entry
      }
      return 'unavailable'
    } finally {
      lookUps.delete(keyId)
    }
  }

  /** A time in the future means that the clock was set back since: the entry may be of any age. */
  function ageOf(timeMs: number): number {
    const ageMs = now() - timeMs
    return ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs
  }

  async function findAnew(keyId: string): Promise<KeyRecord | undefined | 'unavailable'> {
    const found = await lookUp(keyId)
    if (found !== 'unavailable') return found.record
    const still = cached(keyId)
    if (!still || Math.min(ageOf(still.readAtMs), ageOf(freshAsOfMs)) >= maxStalenessMs) return found
    return still.record
  }

  return {
    find(keyId) {
      const before = cached(keyId)
      return before && ageOf(freshAsOfMs) < freshForMs ? before.record : findAnew(keyId)
    },

    apply(changes) {
      for (const { accountId, keyId } of changes) {
        if (keyId === undefined) {
          known.deleteWhere((entry) => entry.record.accountId === accountId)
          for (const running of lookUps.values()) running.overtaken = true
          continue
        }
        known.delete(keyId)
        unknown.delete(keyId)
        const running = lookUps.get(keyId)
        if (running) running.overtaken = true
      }
    },

    clear() {
      known.clear()
      unknown.clear()
      for (const running of lookUps.values()) running.overtaken = true
    },

    freshAsOf(timeMs) {
      freshAsOfMs = freshAsOfMs > now() ? timeMs : Math.max(freshAsOfMs, timeMs)
    },
  }
}
