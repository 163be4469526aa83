import type { Logger } from 'pino'
import type { Database } from '../storage/database.ts'
import { readDatabaseTime } from '../storage/nodes.ts'

/** Between two comparisons, in milliseconds. */
const COMPARE_EVERY_MS = 10_000

/** From this difference on a node is not ready, in milliseconds. Two nodes then differ by twice as much at most. */
export const CLOCK_OFF_BY_MS = 2_500

/** An answer that took longer says too little about the time, in milliseconds. */
const LONGEST_ROUND_TRIP_MS = 500
/** How often the database is asked for one comparison, until an answer comes quickly enough. */
const TRIES = 3

/** Compares the clock of this node with that of the database. */
export interface ClockWatch extends Disposable {
  /** The database's clock minus this node's, in milliseconds; `undefined` before the first answer, and on SQLite. */
  readonly offsetMs: () => number | undefined
  /** Whether the clocks differ too much. */
  readonly isOff: () => boolean
  /** Compares once; a timer calls it. Never rejects. */
  compare(): Promise<void>
}

/** What is compared, and where to report. */
export interface ClockWatchOptions {
  readonly database: Pick<Database, 'kysely' | 'dialect'>
  /** This node's clock, Unix milliseconds. */
  readonly now: () => number
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Called after each comparison. */
  readonly compared?: (isOff: boolean) => void
}

/** Compares every 10 s until it is disposed. SQLite has the clock of this machine: there is nothing to compare. */
export function watchClock({ database, now, log, compared = () => undefined }: ClockWatchOptions): ClockWatch {
  let offsetMs: number | undefined
  let isOff = false

  async function compare(): Promise<void> {
    const measured = await measure()
    if (!measured) return
    offsetMs = Math.round(measured.offsetMs)
    const wasOff = isOff
    isOff = Math.abs(offsetMs) - measured.uncertainMs > CLOCK_OFF_BY_MS
    if (isOff && !wasOff) {
      log.error(
        { offset_ms: offsetMs },
        'the clocks of this node and of the database differ by more than 2.5 s: this node is not ready',
      )
    }
    if (wasOff && !isOff) log.info({ offset_ms: offsetMs }, 'the clocks of this node and of the database agree again')
    compared(isOff)
  }

  async function measure(): Promise<{ offsetMs: number; uncertainMs: number } | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const [askedMs, startedMs] = [now(), performance.now()]
      // Others report a database that does not answer. The last comparison counts until it does.
      const databaseMs = await readDatabaseTime(database.kysely, database.dialect).catch(() => undefined)
      const uncertainMs = (performance.now() - startedMs) / 2
      if (databaseMs === undefined) return undefined
      if (uncertainMs * 2 <= LONGEST_ROUND_TRIP_MS) {
        return { offsetMs: databaseMs - (askedMs + uncertainMs), uncertainMs }
      }
    }
    return undefined
  }

  const isComparable = database.dialect !== 'sqlite'
  const comparing = isComparable ? setInterval(compare, COMPARE_EVERY_MS).unref() : undefined
  return {
    offsetMs: () => offsetMs,
    isOff: () => isOff,
    compare: isComparable ? compare : async () => undefined,
    [Symbol.dispose]: () => clearInterval(comparing),
  }
}
