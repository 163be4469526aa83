import { createStallWatch } from '../threads/stall-watch.ts'
import {
  BEAT_EVERY_MS,
  MAIN_ROW,
  type ThreadLack,
  type ThreadReport,
  type ThreadTable,
} from '../threads/thread-table.ts'

/** After this many readings without a beat the main thread counts as stalled: 2 s. */
const SILENT_READINGS = 2_000 / BEAT_EVERY_MS

/** A data-plane thread's part in the table of threads. */
export interface Beating {
  /** Reports at each beat, and at once, what this thread lacks for its work. */
  reportLack(lack: () => ThreadLack | undefined): void
  /** All threads of the process as this one sees them. */
  readonly threads: () => readonly ThreadReport[]
}

/** Beats in the table while this thread's event loop turns, and watches the main thread. */
export function startBeating(table: ThreadTable, row: number): Beating {
  const isSilent = createStallWatch()
  let isMainStalled = false
  let lack: () => ThreadLack | undefined = () => 'keys'
  const beat = () => {
    table.beat(row)
    table.setLack(row, lack())
    isMainStalled = isSilent(table.beats(MAIN_ROW), SILENT_READINGS)
  }
  beat()
  setInterval(beat, BEAT_EVERY_MS).unref()
  return {
    reportLack(read) {
      lack = read
      table.setLack(row, lack())
    },
    threads: () => {
      const [main, ...data] = table.reports()
      return main && isMainStalled ? [{ ...main, state: 'stalled' }, ...data] : table.reports()
    },
  }
}
