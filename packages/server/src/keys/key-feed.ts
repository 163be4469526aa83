import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyCache } from '@countersign/gate'
import type { Logger } from 'pino'
import type { Database } from '../storage/database.ts'
import { latestKeyChange, pruneKeyChanges, readKeyChangesAfter } from '../storage/key-changes.ts'
import { inTransaction } from '../storage/transaction.ts'
import type { KeyChangeLog } from './key-change-log.ts'

/** Options of the feed of key changes. */
export interface KeyFeedOptions {
  /** Its own connection: a long transaction elsewhere must not delay it. */
  readonly database: Database
  readonly cache: KeyCache
  /** Receives the changes, for streams of them. */
  readonly changes?: KeyChangeLog
  /** Called at the end of each poll, with its fault if there was one. */
  readonly polled?: (fault?: unknown) => void
  readonly log: Logger
  /** Between two polls, in milliseconds; 250 by default. */
  readonly intervalMs?: number
  readonly now?: () => number
}

const PAGE = 1_000
const KEEP_CHANGES_MS = 24 * 3_600_000
const PRUNE_EVERY_MS = 3_600_000
/** Changes deleted after one poll. */
const PRUNE_AT_ONCE = 1_000

/**
 * Follows `key_changes` and reports changes to the cache (docs/security.md "Fresh keys"), until the signal aborts. A
 * failed poll is logged once and repeated. Meanwhile the cache does not count as fresh.
 */
export async function followKeyChanges(options: KeyFeedOptions, signal: AbortSignal): Promise<void> {
  const { database, cache, changes: told, polled = () => undefined, log, intervalMs = 250, now = Date.now } = options
  let position: number | undefined
  let failing = false
  let prunedAtMs = now()

  async function poll(): Promise<void> {
    const startedAtMs = now()
    const startedAt = performance.now()
    position = position === undefined ? await start() : await catchUp(position)
    cache.freshAsOf(startedAtMs)
    told?.wasRead(startedAt)
    if (startedAtMs - prunedAtMs < PRUNE_EVERY_MS) return
    const keptFrom = startedAtMs - KEEP_CHANGES_MS
    const pruned = await inTransaction(database, (trx) => pruneKeyChanges(trx, keptFrom, PRUNE_AT_ONCE))
    // The rest goes with the next polls: a long deletion would make cached keys old.
    if (pruned < PRUNE_AT_ONCE) prunedAtMs = startedAtMs
  }

  /** Entries that were cached before the position was known may have changed unseen. */
  async function start(): Promise<number> {
    const latest = await latestKeyChange(database.kysely)
    cache.clear()
    told?.restart(latest)
    return latest
  }

  async function catchUp(after: number): Promise<number> {
    const { changes, latest, gap } = await readKeyChangesAfter(database.kysely, after, PAGE)
    if (gap) {
      cache.clear()
      told?.restart(latest)
      return latest
    }
    cache.apply(changes.map(({ accountId, apiKeyId }) => ({ accountId, keyId: apiKeyId })))
    told?.add(changes)
    const reached = changes.at(-1)?.seq ?? after
    return reached < latest ? catchUp(reached) : reached
  }

  while (!signal.aborted) {
    try {
      await poll()
      polled()
      if (failing) log.info('key changes are read again')
      failing = false
    } catch (fault) {
      polled(fault)
      if (!failing) log.error({ err: fault }, 'key changes cannot be read')
      failing = true
    }
    await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
