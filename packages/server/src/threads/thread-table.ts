/** The state of a thread of this process, as far as the main thread knows. */
export type ThreadState = 'starting' | 'up' | 'stalled' | 'down'

const STATES = ['starting', 'up', 'stalled', 'down'] as const satisfies readonly ThreadState[]

/**
 * What a thread lacks for its work: keys that count, Redis, or a clock that agrees with that of Redis or the database. In
 * the row of the main thread: what the whole process lacks.
 */
export type ThreadLack = 'keys' | 'Redis' | 'clock'

const LACKS = [undefined, 'keys', 'Redis', 'clock'] as const satisfies readonly (ThreadLack | undefined)[]

/** The numbers of a row, 32 bits each: its state, the beats of its event loop, and what it lacks for its work. */
const [STATE, BEATS, LACK, COLUMNS] = [0, 1, 2, 3]

/** Between two beats of a thread's event loop, in milliseconds. */
export const BEAT_EVERY_MS = 250

/** The row of the main thread; the data-plane threads follow. */
export const MAIN_ROW = 0

/** Memory for a table of the main thread and this many data-plane threads. All of them get it. */
export function allocateThreadTable(dataThreads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((1 + dataThreads) * COLUMNS * 4)
}

/** One thread as the others see it. */
export interface ThreadReport {
  /** `main`, `data-1`, `data-2`, … */
  readonly name: string
  readonly state: ThreadState
  /** What it lacks for its work; `undefined` if nothing. */
  readonly lacks: ThreadLack | undefined
}

/** A thread, and how often it was started again. */
export interface CountedThread extends ThreadReport {
  /** Starts after the first one, also after a stall. */
  readonly restarts: number
  readonly stalls: number
}

/** The threads of this process in shared memory. A reader waits for none of them. */
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
    if (state !== 'up') this.setLack(row, 'keys')
  }

  state(row: number): ThreadState {
    return STATES[Atomics.load(this.#cells, row * COLUMNS + STATE)] ?? 'down'
  }

  setLack(row: number, lack: ThreadLack | undefined): void {
    Atomics.store(this.#cells, row * COLUMNS + LACK, LACKS.indexOf(lack))
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
      lacks: LACKS[Atomics.load(this.#cells, row * COLUMNS + LACK)],
    }
  }

  reports(): ThreadReport[] {
    return Array.from({ length: this.rows }, (_, row) => this.report(row))
  }
}
