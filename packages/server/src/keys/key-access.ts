import {
  createKeyCache,
  type KeyCache,
  type KeyRecord,
  type KeySource,
  pauseAfterSilence,
  type StoreAnswer,
} from '@countersign/gate'
import type { ImportKey } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import { shareConnections } from '../config/share-connections.ts'
import { inTime } from '../in-time.ts'
import { isDamage } from '../storage/damage.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { createKeyChangeLog, type KeyChangeLog } from './key-change-log.ts'
import { followKeyChanges } from './key-feed.ts'
import { keyLoader } from './key-source.ts'
import { onePerTurn } from './one-per-turn.ts'

/** How one thread reads keys: through a cache over the database, which its changes keep correct. */
export interface KeyAccess {
  readonly keys: KeySource
  readonly cache: KeyCache
  /** Reads a key past the cache. */
  readonly read: (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'>
  /** The changes that were read last. */
  readonly changes: KeyChangeLog
  /** Unix milliseconds of the last good poll of key changes, once there was one. */
  readonly polledAtMs: () => number | undefined
  /** The fault of the last poll; `undefined` if it was good, and before the first one. */
  readonly pollFault: () => unknown
  /** Whether keys can be read, or still count from the cache while the database does not answer. */
  readonly isUsable: () => boolean
  close(): Promise<void>
}

/**
 * How long the database may take for a look-up before it counts as silent, in milliseconds. It is below the 3 s of the
 * recipes for `/authorize`, so that a request that waited still gets its answer.
 */
const PATIENCE_MS = 1_000

/** How keys are read, and where changes are reported. */
export interface KeyAccessOptions {
  readonly settings: Settings
  readonly log: Logger
  readonly now: () => number
  /** Called before every look-up and every poll. After it, changes of other threads are applied. */
  readonly catchUp?: ((cache: KeyCache) => void) | undefined
  readonly onLookup?: (isMiss: boolean) => void
  /** Makes public keys ready to verify with. */
  readonly importKey: ImportKey
  /** Opens the database for keys, then the one for their changes, with so many connections. */
  readonly open?: (url: string, maxConnections: number) => Promise<Database>
}

/** Longest wait for a lock inside SQLite, in milliseconds: it stops the thread, which counts as stalled after 2 s. */
const LOCK_TIMEOUT_MS = 1_000

/**
 * Opens the database twice and follows the changes of keys until it is closed. The feed of changes has a connection of
 * its own: neither look-ups nor long transactions delay it.
 */
export async function openKeyAccess(options: KeyAccessOptions): Promise<KeyAccess> {
  const { settings, log, now, catchUp = () => undefined, onLookup = () => undefined, open = openKeys } = options
  await using opened = new AsyncDisposableStack()
  const database = opened.adopt(await open(settings.databaseUrl, shareConnections(settings).lookups), (it) =>
    it.close(),
  )
  const feedDatabase = opened.adopt(await open(settings.databaseUrl, 1), (it) => it.close())
  const { read, isDamaged } = watchDamage(keyLoader(database, log, options.importKey))
  const loader = pauseAfterSilence(readOnePerTurn(read, log), () => performance.now())
  let polledAtMs: number | undefined
  let pollFault: unknown
  const polled = (fault?: unknown) => {
    pollFault = fault
  }
  const changes = createKeyChangeLog()
  const cache = createKeyCache({
    load: loader.load,
    maxKeys: settings.keys.cached,
    maxStalenessMs: settings.maxStalenessMs,
    now,
  })
  const fed: KeyCache = {
    ...cache,
    freshAsOf(timeMs) {
      catchUp(cache)
      polledAtMs = timeMs
      cache.freshAsOf(timeMs)
      loader.answers()
    },
  }
  const closed = new AbortController()
  const following = followKeyChanges({ database: feedDatabase, cache: fed, changes, polled, log, now }, closed.signal)
  opened.defer(() => following)
  opened.defer(() => closed.abort())
  const all = opened.move()
  return {
    cache,
    read,
    changes,
    polledAtMs: () => polledAtMs,
    pollFault: () => pollFault,
    isUsable: () =>
      !isDamaged() && !isDamage(pollFault) && polledAtMs !== undefined && now() - polledAtMs < settings.maxStalenessMs,
    keys: {
      find(keyId) {
        catchUp(cache)
        const found = cache.find(keyId)
        onLookup(found instanceof Promise)
        return found
      },
    },
    close: () => all.disposeAsync(),
  }
}

type ReadKey = (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'>

/** Reads keys, and keeps whether the database was found damaged since the last good read. */
function watchDamage(load: ReadKey): { readonly read: ReadKey; readonly isDamaged: () => boolean } {
  let isDamaged = false
  return {
    isDamaged: () => isDamaged,
    async read(keyId) {
      try {
        const found = await load(keyId)
        if (found !== 'unavailable') isDamaged = false
        return found
      } catch (fault) {
        isDamaged ||= isDamage(fault)
        throw fault
      }
    },
  }
}

/**
 * Reads one key per turn of the event loop. A look-up in SQLite stops the thread, and strangers with made-up ids must not
 * stop all other work.
 */
function readOnePerTurn(read: ReadKey, log: Logger): (keyId: string) => Promise<StoreAnswer> {
  let isSilent = false
  return onePerTurn(async (keyId: string) => {
    const found = await inTime(read(keyId), PATIENCE_MS)
    if (found === 'late' && !isSilent)
      log.warn('the database is silent: cached keys count, and one look-up a second asks it')
    if (found !== 'late' && isSilent) log.info('the database answers look-ups again')
    isSilent = found === 'late'
    return found === 'late' ? 'silent' : found
  })
}

function openKeys(url: string, maxConnections: number): Promise<Database> {
  return openDatabase(url, { lockTimeoutMs: LOCK_TIMEOUT_MS, maxConnections })
}
