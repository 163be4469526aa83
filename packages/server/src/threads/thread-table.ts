/** How a thread of this process is, as far as the main thread knows. */
export type ThreadState = 'starting' | 'up' | 'stalled' | 'down'

const STATES = ['starting', 'up', 'stalled', 'down'] as const satisfies readonly ThreadState[]

/** What stands in a row, each a 32-bit number: its state, the beats of its event loop, and whether it can do its work. */
const [STATE, BEATS, IS_READY, COLUMNS] = [0, 1, 2, 3]

/** Between two beats of a thread's event loop, in milliseconds. */
export const BEAT_EVERY_MS = 250

/** The row of the main thread; the data-plane threads follow. */
export const MAIN_ROW = 0

/** Memory for a table of the main thread and so many data-plane threads, to be handed to all of them. */
export function allocateThreadTable(dataThreads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((1 + dataThreads) * COLUMNS * 4)
}

/** One thread as any other sees it. */
export interface ThreadReport {
  /** `main`, `data-1`, `data-2`, … */
  readonly name: string
  readonly state: ThreadState
  /** Whether it says itself that it can do its work. */
  readonly isReady: boolean
}

/** A thread, and how often it had to be started again. */
export interface CountedThread extends ThreadReport {
  /** Starts after the first one, those after a stall included. */
  readonly restarts: number
  readonly stalls: number
}

/** The threads of this process in shared memory: whoever reads it waits for none of them. */
export class ThreadTable {
  readonly #cells: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory)
  }

  get rows(): number {
    return this.#cells.length / COLUMNS
  }

  setState(row: number, state: ThreadState): void {
    Atomics.store(this.#cells, row * COLUMNS + STATE, STATES.indexOf(state))
    if (state !== 'up') this.setReady(row, false)
  }

  state(row: number): ThreadState {
    return STATES[Atomics.load(this.#cells, row * COLUMNS + STATE)] ?? 'down'
  }

  setReady(row: number, isReady: boolean): void {
    Atomics.store(this.#cells, row * COLUMNS + IS_READY, isReady ? 1 : 0)
  }

  beat(row: number): void {
    Atomics.add(this.#cells, row * COLUMNS + BEATS, 1)
  }

  beats(row: number): number {
    return Atomics.load(this.#cells, row * COLUMNS + BEATS)
  }

  report(row: number): ThreadReport {
    return {
      name: row === MAIN_ROW ? 'main' : `data-${row}`,
      state: this.state(row),
      isReady: Atomics.load(this.#cells, row * COLUMNS + IS_READY) === 1,
    }
  }

  reports(): ThreadReport[] {
    return Array.from({ length: this.rows }, (_, row) => this.report(row))
  }
}
