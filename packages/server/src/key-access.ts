import { createKeyCache, type KeyCache, type KeySource } from '@countersign/gate'
import type { Logger } from 'pino'
import type { Settings } from './config.ts'
import { followKeyChanges } from './key-feed.ts'
import { keyLoader } from './key-source.ts'
import { openDatabase } from './storage/database.ts'

/** What one thread reads keys through: a cache over the database, kept true by its changes. */
export interface KeyAccess {
  readonly keys: KeySource
  readonly cache: KeyCache
  /** Unix milliseconds of the last good poll of key changes, once there was one. */
  readonly polledAtMs: () => number | undefined
  close(): Promise<void>
}

/** How keys are read, and who is told of it. */
export interface KeyAccessOptions {
  readonly settings: Settings
  readonly log: Logger
  readonly now: () => number
  /** Called before every look-up and every poll: changes that other threads made known are applied by then. */
  readonly catchUp?: (cache: KeyCache) => void
  readonly lookedUp?: (isMiss: boolean) => void
}

/** Opens two connections, one for keys and one for their changes, and follows those until it is closed. */
export async function openKeyAccess(options: KeyAccessOptions): Promise<KeyAccess> {
  const { settings, log, now, catchUp = () => undefined, lookedUp = () => undefined } = options
  const [database, feedDatabase] = await Promise.all([
    openDatabase(settings.databaseUrl),
    openDatabase(settings.databaseUrl),
  ])
  const load = keyLoader(database, log)
  let loads = 0
  let polledAtMs: number | undefined
  const cache = createKeyCache({
    load: (keyId) => {
      loads++
      return load(keyId)
    },
    maxStalenessMs: settings.maxStalenessMs,
    now,
  })
  const fed: KeyCache = {
    ...cache,
    freshAsOf(timeMs) {
      catchUp(cache)
      polledAtMs = timeMs
      cache.freshAsOf(timeMs)
    },
  }
  const closed = new AbortController()
  const following = followKeyChanges({ database: feedDatabase, cache: fed, log, now }, closed.signal)
  return {
    cache,
    polledAtMs: () => polledAtMs,
    keys: {
      async find(keyId) {
        catchUp(cache)
        const before = loads
        const found = await cache.find(keyId)
        lookedUp(loads !== before)
        return found
      },
    },
    async close() {
      closed.abort()
      await following
      await Promise.all([database.close(), feedDatabase.close()])
    },
  }
}
