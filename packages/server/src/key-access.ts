import { createKeyCache, type KeyCache, type KeyRecord, type KeySource } from '@countersign/gate'
import type { ImportKey } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Settings } from './config.ts'
import { createKeyChangeLog, type KeyChangeLog } from './key-change-log.ts'
import { followKeyChanges } from './key-feed.ts'
import { keyLoader } from './key-source.ts'
import { oneATurn } from './one-a-turn.ts'
import { type Database, openDatabase } from './storage/database.ts'

/** What one thread reads keys through: a cache over the database, kept true by its changes. */
export interface KeyAccess {
  readonly keys: KeySource
  readonly cache: KeyCache
  /** Reads a key past the cache. */
  readonly read: (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'>
  /** What was read of the changes last. */
  readonly changes: KeyChangeLog
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
  readonly catchUp?: ((cache: KeyCache) => void) | undefined
  readonly lookedUp?: (isMiss: boolean) => void
  /** Makes keys ready that are not Ed25519; node:crypto where absent. */
  readonly importKey?: ImportKey | undefined
  /** Opens the database that keys are read from, then the one that their changes are. */
  readonly open?: (url: string) => Promise<Database>
}

/** Opens two connections, one for keys and one for their changes, and follows those until it is closed. */
export async function openKeyAccess(options: KeyAccessOptions): Promise<KeyAccess> {
  const { settings, log, now, catchUp = () => undefined, lookedUp = () => undefined, open = openDatabase } = options
  await using opened = new AsyncDisposableStack()
  const database = opened.adopt(await open(settings.databaseUrl), (it) => it.close())
  const feedDatabase = opened.adopt(await open(settings.databaseUrl), (it) => it.close())
  let polledAtMs: number | undefined
  const read = keyLoader(database, log, options.importKey)
  const changes = createKeyChangeLog()
  const cache = createKeyCache({
    // A look-up in SQLite holds up the thread: strangers with made-up ids must not make it do nothing else.
    load: oneATurn(read),
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
  const following = followKeyChanges({ database: feedDatabase, cache: fed, changes, log, now }, closed.signal)
  opened.defer(() => following)
  opened.defer(() => closed.abort())
  const all = opened.move()
  return {
    cache,
    read,
    changes,
    polledAtMs: () => polledAtMs,
    keys: {
      find(keyId) {
        catchUp(cache)
        const found = cache.find(keyId)
        lookedUp(found instanceof Promise)
        return found
      },
    },
    close: () => all.disposeAsync(),
  }
}
