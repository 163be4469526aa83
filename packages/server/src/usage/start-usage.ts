import type { DecisionSink } from '@countersign/gate'
import { createUsageCounter, type UsageBatch } from './usage-counter.ts'
import { HAND_OVER_EVERY_MS, type UsageWriter } from './usage-writer.ts'

/** Usage in the main thread: it counts its own decisions, and takes what other threads counted. */
export interface Usage extends DecisionSink {
  readonly add: (batch: UsageBatch) => void
  /** Writes what is left; other threads have handed over theirs by then. */
  readonly close: () => Promise<void>
}

/** Counts in this thread, and hands that over to the writer as every other thread does. */
export function startUsage(writer: UsageWriter, now: () => number): Usage {
  const counter = createUsageCounter(now)
  const handOver = () => {
    const counted = counter.take()
    if (counted) writer.add(counted)
  }
  const timer = setInterval(handOver, HAND_OVER_EVERY_MS).unref()
  return {
    decided: counter.decided,
    add: writer.add,
    async close() {
      clearInterval(timer)
      handOver()
      await writer.close()
    },
  }
}
