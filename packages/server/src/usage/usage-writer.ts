import { createUsageReporter, type LastUse, type UsageReporter } from '@countersign/gate'
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import type { Database } from '../storage/database.ts'
import { LAST_USE_EVERY_MS, writeLastUses } from '../storage/last-uses.ts'
import { inTransaction } from '../storage/transaction.ts'
import { addUsageOnce } from '../storage/usage.ts'
import { pruneHourly } from './prune-hourly.ts'

/** The one writer of usage in a process. It takes the counts of all threads and writes them; no answer waits for it. */
export type UsageWriter = UsageReporter

/** Options of a writer. */
export interface UsageWriterOptions {
  readonly database: Database
  /** How long usage is kept; without it the writer deletes nothing. */
  readonly retention?: Settings['usage'] | undefined
  readonly log: Logger
  readonly now: () => number
  /** How long the first counts wait for others, in milliseconds; 250 by default. */
  readonly waitMs?: number
}

/** A writer that starts at once to delete expired rows. */
export function createUsageWriter(options: UsageWriterOptions): UsageWriter {
  const { database, retention, log, now, waitMs } = options
  /** When each key's last use was last written, for keys that may not be written again yet. */
  const usesWritten = new Map<string, number>()
  const pruner = retention && pruneHourly({ database, retention, log, now })
  const reporter = createUsageReporter({
    async send(batch) {
      await inTransaction(database, (trx) => addUsageOnce(trx, batch, now()))
      await writeUses(batch.lastUses)
    },
    failing: (fault) => log.error({ err: fault }, 'usage cannot be written'),
    working: (lost) => log.info({ lost }, 'usage is written again'),
    waitMs,
  })

  /**
   * Apart from the counts: a failed write is repeated with the key's next use a minute later, and counts nothing twice.
   */
  async function writeUses(uses: readonly LastUse[]): Promise<void> {
    const taken = uses.filter(({ keyId, at }) => at - (usesWritten.get(keyId) ?? 0) >= LAST_USE_EVERY_MS)
    const before = now() - LAST_USE_EVERY_MS
    for (const [keyId, at] of usesWritten) if (at <= before) usesWritten.delete(keyId)
    for (const { keyId, at } of taken) usesWritten.set(keyId, at)
    try {
      await inTransaction(database, (trx) => writeLastUses(trx, taken))
    } catch (fault) {
      log.warn({ err: fault }, 'when keys were last used cannot be written')
    }
  }

  return {
    add: reporter.add,
    async close() {
      await pruner?.close()
      await reporter.close()
    },
  }
}
