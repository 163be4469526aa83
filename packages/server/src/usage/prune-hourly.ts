import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import { pruneCascadeKeys } from '../storage/cascades.ts'
import type { Database } from '../storage/database.ts'
import { deleteInPortions } from '../storage/delete-in-portions.ts'
import { pruneIdempotency } from '../storage/idempotency.ts'
import { LINKS_KEPT_MS, pruneLinks } from '../storage/links.ts'
import { pruneUsage, pruneUsageReporters, pruneUsageTop, STEP_MS } from '../storage/usage.ts'

/** Deletes expired rows until it is closed. */
export interface Pruner {
  /** Ends after the running transaction. */
  close(): Promise<void>
}

/** Options of a pruner. */
export interface PrunerOptions {
  readonly database: Database
  /** How long usage is kept. */
  readonly retention: Settings['usage']
  readonly log: Logger
  readonly now: () => number
  /** Rows of one transaction; 2 000 by default. */
  readonly rowsAtOnce?: number | undefined
}

const PRUNE_EVERY_MS = 3_600_000

/**
 * Deletes expired rows at once and every hour, in small transactions: usage, entries of Idempotency-Keys, links. Key
 * changes are deleted by their feed.
 */
export function pruneHourly({ database, retention, log, now, rowsAtOnce }: PrunerOptions): Pruner {
  const keptDays = { minute: retention.minutesForDays, hour: retention.hoursForDays, day: retention.daysForDays }
  const closing = new AbortController()

  async function prune(): Promise<void> {
    const nowMs = now()
    const all = (portion: Parameters<typeof deleteInPortions>[1]) =>
      deleteInPortions(database, portion, closing.signal, rowsAtOnce)
    try {
      await all((trx, limit) => pruneIdempotency(trx, nowMs, limit))
      await all((trx, limit) => pruneLinks(trx, nowMs - LINKS_KEPT_MS, limit))
      await all(pruneCascadeKeys)
      await all((trx, limit) => pruneUsageReporters(trx, nowMs, limit))
      for (const step of ['minute', 'hour', 'day'] as const) {
        const beforeMs = nowMs - keptDays[step] * STEP_MS.day
        await all((trx, limit) => pruneUsageTop(trx, step, beforeMs, limit))
        await all((trx, limit) => pruneUsage(trx, step, beforeMs, limit))
      }
    } catch (fault) {
      log.warn({ err: fault }, 'expired rows could not be deleted; tried again in an hour')
    }
  }

  let pruning = prune()
  const timer = setInterval(() => {
    pruning = pruning.then(prune)
  }, PRUNE_EVERY_MS).unref()
  return {
    async close() {
      closing.abort()
      clearInterval(timer)
      await pruning
    },
  }
}
