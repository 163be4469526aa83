import type { DecisionSink } from '../ports.ts'
import { createUsageCounter, type UsageBatch } from './usage-counter.ts'
import { WaitingCounts } from './waiting-counts.ts'

/** A batch as it is sent, and sent again unchanged if no answer came. */
export interface NumberedBatch extends UsageBatch {
  /** The counter: each reporter has its own UUID. */
  readonly reporter: string
  /** The reporter's batches are numbered from 1 on, one under way at a time. */
  readonly sequence: number
}

/** Options of a reporter. */
export interface UsageReporterOptions {
  /**
   * Sends a batch. Rejects if it is not known to have arrived. The batch is then sent again, so the receiver counts
   * each number of a reporter once.
   */
  readonly send: (batch: NumberedBatch) => Promise<void>
  /** The most counts of one batch, and the most last uses; no limit if absent. */
  readonly maxRows?: number
  /** Called when batches stop arriving, with the fault. */
  readonly failing: (fault: unknown) => void
  /**
   * Called when batches arrive again, with the number of counts that were dropped meanwhile because too many waited.
   */
  readonly working: (lost: number) => void
  /** How long the first counts wait for others, in milliseconds; 250 by default. */
  readonly waitMs?: number
}

/** Takes counts and sends them in batches. No answer waits for it. */
export interface UsageReporter {
  add(batch: UsageBatch): void
  /** Sends what is left, each batch once, and ends. */
  close(): Promise<void>
}

/**
 * Between two hand-overs of a thread's counts, in milliseconds. With a reporter's wait the sum stays below a second.
 */
export const HAND_OVER_EVERY_MS = 500

const RETRY_MS = 1_000

/** A reporter in memory. A killed process loses what it had not sent. */
export function createUsageReporter(options: UsageReporterOptions): UsageReporter {
  const { send, maxRows = Number.MAX_SAFE_INTEGER, failing, working, waitMs = 250 } = options
  const reporter = crypto.randomUUID()
  const waiting = new WaitingCounts()
  let sequence = 0
  /** The batch without an answer: it may have arrived. */
  let unsure: NumberedBatch | undefined
  let isFailing = false
  let isClosed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let sending: Promise<void> = Promise.resolve()

  function take(): NumberedBatch | undefined {
    const batch = waiting.take(maxRows)
    return batch && { reporter, sequence: ++sequence, ...batch }
  }

  function schedule(afterMs: number): void {
    timer ??= unref(
      setTimeout(() => {
        timer = undefined
        sending = sending.then(sendAll)
      }, afterMs),
    )
  }

  async function sendAll(): Promise<void> {
    try {
      for (let batch = unsure ?? take(); batch; batch = take()) {
        unsure = batch
        await send(batch)
        unsure = undefined
      }
      const lost = waiting.takeLost()
      if (isFailing) working(lost)
      isFailing = false
    } catch (fault) {
      if (!isFailing) failing(fault)
      isFailing = true
      if (!isClosed) schedule(RETRY_MS)
    }
  }

  return {
    add(batch) {
      waiting.add(batch)
      if (!isFailing) schedule(waitMs)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await sending
      await sendAll()
    },
  }
}

/** A sink that counts decisions and passes its counts to a reporter twice a second. */
export interface ReportedDecisions extends DecisionSink {
  /** Reports what is left, and ends. */
  close(): Promise<void>
}

/** Counts the decisions of this thread for a reporter. */
export function reportDecisions(reporter: UsageReporter, now: () => number): ReportedDecisions {
  const counter = createUsageCounter(now)
  const handOver = () => {
    const counted = counter.take()
    if (counted) reporter.add(counted)
  }
  const timer = unref(setInterval(handOver, HAND_OVER_EVERY_MS))
  return {
    decided: counter.decided,
    async close() {
      clearInterval(timer)
      handOver()
      await reporter.close()
    },
  }
}

/** Lets a process end while the timer runs, on platforms whose timers hold a process. */
function unref<Timer>(timer: Timer): Timer {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
  return timer
}
