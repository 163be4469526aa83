import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import type { Database } from '../storage/database.ts'
import { inTransaction } from '../storage/transaction.ts'
import { pruneUsage, pruneUsageReporters, STEP_MS } from '../storage/usage.ts'

/** Deletes expired usage until it is closed. */
export interface UsagePruner {
  /** Ends after the running transaction. */
  close(): Promise<void>
}

/** Options of a pruner. */
export interface UsagePrunerOptions {
  readonly database: Database
  /** How long usage is kept. */
  readonly retention: Settings['usage']
  readonly log: Logger
  readonly now: () => number
}

const PRUNE_EVERY_MS = 3_600_000
/** Times deleted in one transaction: each has a row for every key that was used in it. */
const PRUNE_AT_ONCE = 5

/** Deletes expired usage at once and every hour. */
export function pruneUsageHourly({ database, retention, log, now }: UsagePrunerOptions): UsagePruner {
  const keptDays = { minute: retention.minutesForDays, hour: retention.hoursForDays, day: retention.daysForDays }
  let isClosed = false

  /** Deletes expired usage in small transactions, so that nothing else waits for long. */
  async function prune(): Promise<void> {
    try {
      for (const step of ['minute', 'hour', 'day'] as const) {
        const beforeMs = now() - keptDays[step] * STEP_MS.day
        let pruned = PRUNE_AT_ONCE
        while (pruned === PRUNE_AT_ONCE && !isClosed) {
          pruned = await inTransaction(database, (trx) => pruneUsage(trx, step, beforeMs, PRUNE_AT_ONCE))
          await nextTurn()
        }
      }
      await pruneUsageReporters(database.kysely, now())
    } catch (fault) {
      log.warn({ err: fault }, 'old usage could not be deleted; tried again in an hour')
    }
  }

  let pruning = prune()
  const timer = setInterval(() => {
    pruning = pruning.then(prune)
  }, PRUNE_EVERY_MS).unref()
  return {
    async close() {
      isClosed = true
      clearInterval(timer)
      await pruning
    },
  }
}
