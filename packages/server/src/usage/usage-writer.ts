import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Settings } from '../config.ts'
import type { Database } from '../storage/database.ts'
import { LAST_USE_EVERY_MS, type LastUse, writeLastUses } from '../storage/last-uses.ts'
import { inTransaction } from '../storage/transaction.ts'
import { addUsage, type CountedMinute, pruneUsage, STEP_MS } from '../storage/usage.ts'
import type { UsageBatch } from './usage-counter.ts'

/** The one writer of usage in a process: it takes what all threads counted, and writes it behind. */
export interface UsageWriter {
  add(batch: UsageBatch): void
  /** Writes what is left, once, and ends. */
  close(): Promise<void>
}

/** What a writer is made of. */
export interface UsageWriterOptions {
  readonly database: Database
  readonly retention: Settings['usage']
  readonly log: Logger
  readonly now: () => number
  /** How long the first batch waits for others, in milliseconds; 250 by default. */
  readonly waitMs?: number
}

/** Between two hand-overs of a thread's counts, in milliseconds. With the writer's wait and its write that stays below a second. */
export const HAND_OVER_EVERY_MS = 500

const RETRY_MS = 1_000
const PRUNE_EVERY_MS = 3_600_000
/** Times deleted in one transaction: each is a row for every key that was used in it. */
const PRUNE_AT_ONCE = 5
/** Counts kept while the database does not take them; some hundred bytes each. */
const MOST_WAITING = 200_000

/** A writer that begins at once to delete what is older than it is kept. */
export function createUsageWriter(options: UsageWriterOptions): UsageWriter {
  const { database, retention, log, now, waitMs = 250 } = options
  let waiting = new Map<string, CountedMinute>()
  let uses = new Map<string, LastUse>()
  /** When each key's last use was written last, of those that may not be written yet again. */
  const usesWritten = new Map<string, number>()
  let lost = 0
  let isFailing = false
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let pruning: Promise<void> = prune()
  const pruneTimer = setInterval(() => {
    pruning = pruning.then(prune)
  }, PRUNE_EVERY_MS).unref()

  function wait(minute: CountedMinute): void {
    const place = `${minute.subject} ${minute.id} ${minute.at}`
    const before = waiting.get(place)
    if (!before && waiting.size >= MOST_WAITING) lost++
    else waiting.set(place, before ? sum(before, minute) : minute)
  }

  function schedule(afterMs: number): void {
    timer ??= setTimeout(() => {
      timer = undefined
      writing = writing.then(write)
    }, afterMs).unref()
  }

  async function write(): Promise<void> {
    const taken = waiting
    if (taken.size === 0) return
    waiting = new Map()
    try {
      await inTransaction(database, (trx) => addUsage(trx, [...taken.values()]))
      await writeUses()
      if (isFailing) log.info({ lost }, 'usage is written again')
      isFailing = false
      lost = 0
    } catch (fault) {
      if (!isFailing) log.error({ err: fault }, 'usage cannot be written')
      isFailing = true
      const newer = waiting
      waiting = taken
      for (const minute of newer.values()) wait(minute)
      if (!isClosed) schedule(RETRY_MS)
    }
  }

  /** Apart from the counts: what fails here is written with the key's next use a minute later, and counts nothing twice. */
  async function writeUses(): Promise<void> {
    const taken = [...uses.values()].filter(({ keyId, at }) => at - (usesWritten.get(keyId) ?? 0) >= LAST_USE_EVERY_MS)
    uses = new Map()
    const before = now() - LAST_USE_EVERY_MS
    for (const [keyId, at] of usesWritten) if (at <= before) usesWritten.delete(keyId)
    for (const { keyId, at } of taken) usesWritten.set(keyId, at)
    try {
      await writeLastUses(database.kysely, taken)
    } catch (fault) {
      log.warn({ err: fault }, 'when keys were last used cannot be written')
    }
  }

  /** Deletes what is older than it is kept, in small transactions, so that nothing else waits for long. */
  async function prune(): Promise<void> {
    const keptDays = { minute: retention.minutesForDays, hour: retention.hoursForDays, day: retention.daysForDays }
    try {
      for (const step of ['minute', 'hour', 'day'] as const) {
        const beforeMs = now() - keptDays[step] * STEP_MS.day
        let pruned = PRUNE_AT_ONCE
        while (pruned === PRUNE_AT_ONCE && !isClosed) {
          pruned = await inTransaction(database, (trx) => pruneUsage(trx, step, beforeMs, PRUNE_AT_ONCE))
          await nextTurn()
        }
      }
    } catch (fault) {
      log.warn({ err: fault }, 'old usage could not be deleted; tried again in an hour')
    }
  }

  return {
    add({ minutes, lastUses }) {
      for (const minute of minutes) wait(minute)
      for (const use of lastUses) if (use.at >= (uses.get(use.keyId)?.at ?? 0)) uses.set(use.keyId, use)
      if (!isFailing) schedule(waitMs)
    },
    async close() {
      isClosed = true
      clearInterval(pruneTimer)
      clearTimeout(timer)
      await Promise.all([pruning, writing])
      await write()
    },
  }
}

function sum(a: CountedMinute, b: CountedMinute): CountedMinute {
  return {
    ...a,
    allowed: a.allowed + b.allowed,
    refused: a.refused + b.refused,
    limited: a.limited + b.limited,
    fault: a.fault + b.fault,
  }
}
