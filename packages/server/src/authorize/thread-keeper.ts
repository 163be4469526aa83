import type { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { AdmissionLack, AdmissionPlace } from '../admission/server-admission.ts'
import type { Settings } from '../config/settings.ts'
import type { ChangeBoard } from '../keys/change-board.ts'
import type { RefusalWriter } from '../refusals/refusal-writer.ts'
import type { RememberedRefusal } from '../refusals/remembered-refusal.ts'
import { createDeathLimit, type DeathLimitOptions } from '../threads/death-limit.ts'
import type { SpareThread } from '../threads/spare-thread.ts'
import { createStallWatch } from '../threads/stall-watch.ts'
import {
  allocateThreadTable,
  BEAT_EVERY_MS,
  type CountedThread,
  MAIN_ROW,
  ThreadTable,
} from '../threads/thread-table.ts'
import type { UsageWriter } from '../usage/usage-writer.ts'
import { DataPlaneThread } from './data-plane-thread.ts'
import { ThreadMetrics } from './thread-metrics.ts'
import { withYoungGeneration } from './young-generation.ts'

/** What data-plane threads are started with. */
export interface ThreadKeeperOptions {
  readonly settings: Settings
  readonly log: Logger
  /** Where claims and token buckets are. */
  readonly place: AdmissionPlace
  readonly board: ChangeBoard
  /** Receives each thread's counts twice a second, and a last time before the data plane is disposed. */
  readonly usage: Pick<UsageWriter, 'add'>
  /** Receives each thread's refusals at the same times. */
  readonly refusals: Pick<RefusalWriter, 'add'>
  readonly life: DeathLimitOptions
  /** Starts a worker that loads its code and waits for its start message. */
  readonly load: () => Worker
  readonly spare: Pick<SpareThread, 'prepare' | 'take'>
}

/** After this many readings without a beat a thread counts as stalled: 2 s, and 30 s while it loads its code. */
const [SILENT_READINGS, SILENT_READINGS_AT_START] = [2_000 / BEAT_EVERY_MS, 30_000 / BEAT_EVERY_MS]

/** Starts the data-plane threads of a process. A thread that dies or stalls is started again on the same port. */
export class ThreadKeeper {
  readonly #options: ThreadKeeperOptions
  readonly #tableMemory: SharedArrayBuffer
  readonly #table: ThreadTable
  readonly #isOneTooMany: (nowMs: number) => boolean
  readonly #failure = Promise.withResolvers<Error>()
  readonly #places: Place[] = []
  #port: number
  #isStopping = false

  constructor(options: ThreadKeeperOptions) {
    const { settings, life } = options
    this.#options = options
    this.#tableMemory = allocateThreadTable(settings.workers)
    this.#table = new ThreadTable(this.#tableMemory)
    this.#table.setState(MAIN_ROW, 'up')
    this.#isOneTooMany = createDeathLimit(life)
    this.#port = settings.authorizePort
  }

  /** Settles when threads die faster than new starts help. */
  get failure(): Promise<Error> {
    return this.#failure.promise
  }

  /** Starts the threads one after the other, and returns their port once all of them listen. */
  async start(): Promise<number> {
    for (let row = 1; row < this.#table.rows; row++) {
      this.#port = await withYoungGeneration(() => {
        const thread = this.#open(row)
        const place = {
          row,
          thread,
          isSilent: createStallWatch(),
          metrics: new ThreadMetrics(),
          restarts: 0,
          stalls: 0,
        }
        this.#places.push(place)
        return this.#listens(thread, row)
      })
    }
    for (const place of this.#places) void this.#keepAlive(place)
    return this.#port
  }

  /** Ends stalled threads. The caller calls this every {@link BEAT_EVERY_MS}. */
  watch(): void {
    this.#table.beat(MAIN_ROW)
    for (const place of this.#places) {
      const state = this.#table.state(place.row)
      const max = state === 'up' ? SILENT_READINGS : SILENT_READINGS_AT_START
      const isSilent = place.isSilent(this.#table.beats(place.row), max)
      if (isSilent && (state === 'up' || state === 'starting')) void this.#endStalled(place)
    }
  }

  /** Notes what keeps all threads of the process from being ready. */
  setProcessLack(lack: AdmissionLack | undefined): void {
    this.#table.setLack(MAIN_ROW, lack)
  }

  /** Stops the threads for good. Returns whether all requests were finished. */
  async stop(): Promise<boolean> {
    this.#isStopping = true
    const ends = await Promise.all(this.#places.map(({ thread }) => thread.stop()))
    return ends.every(({ isOrderly }) => isOrderly)
  }

  /** All threads of the process, the main thread first. It waits for none of them. */
  reports(): CountedThread[] {
    return this.#table.reports().map((report, row) => {
      const { restarts = 0, stalls = 0 } = this.#places[row - 1] ?? {}
      return { ...report, restarts, stalls }
    })
  }

  /** Metrics of each thread in prom-client's form. It does not wait for a stalled thread. */
  async metrics(): Promise<(readonly object[])[]> {
    const sums = this.#places.map(async ({ thread, metrics }) => metrics.sum(await thread.metrics()))
    return (await Promise.all(sums)).flat()
  }

  /** The refusals of a key that each thread has not yet handed over; without a key, those that do not prove their sender. */
  refusals(keyId?: string): Promise<(readonly RememberedRefusal[])[]> {
    return Promise.all(this.#places.map(({ thread }) => thread.refusals(keyId)))
  }

  #open(row: number): DataPlaneThread {
    const { settings, place, board, load, usage, refusals } = this.#options
    this.#table.setState(row, 'starting')
    const start = {
      settings: { ...settings, authorizePort: this.#port },
      admission: place,
      board: board.addReader(),
      sharesPort: settings.workers > 1,
      threads: this.#tableMemory,
      row,
    }
    return new DataPlaneThread(this.#takeSpare(row) ?? load(), start, { counted: usage.add, remembered: refusals.add })
  }

  #takeSpare(row: number): Worker | undefined {
    const { spare, log } = this.#options
    const worker = spare.take()
    if (worker) log.info({ thread: this.#table.report(row).name }, 'a spare thread took over')
    return worker
  }

  async #listens(thread: DataPlaneThread, row: number): Promise<number> {
    const { settings, spare } = this.#options
    const got = await thread.listening
    this.#table.setState(row, 'up')
    // With several threads, the others answer while one starts.
    if (settings.workers === 1) spare.prepare()
    return got
  }

  /** Starts a thread again each time it ended by itself. */
  async #keepAlive(place: Place): Promise<void> {
    const { log, life } = this.#options
    const { fault } = await place.thread.ended
    this.#table.setState(place.row, 'down')
    await place.metrics.threadEnded()
    if (this.#isStopping) return
    const { name } = this.#table.report(place.row)
    log.error({ err: fault, thread: name }, 'a data-plane thread has ended; it is started again')
    if (this.#isOneTooMany(performance.now())) {
      const { maxDeaths, withinMs } = life
      const message = `${maxDeaths} data-plane threads ended within ${withinMs / 1000} s, ${name} as the last one`
      return this.#failure.resolve(new Error(message, { cause: fault }))
    }
    place.restarts++
    const again = withYoungGeneration(() => {
      place.thread = this.#open(place.row)
      return this.#listens(place.thread, place.row)
    })
    again.then(
      () => log.info({ thread: name }, 'a data-plane thread listens again'),
      (fault) => log.error({ err: fault, thread: name }, 'a data-plane thread cannot be started'),
    )
    return this.#keepAlive(place)
  }

  async #endStalled(place: Place): Promise<void> {
    const { name } = this.#table.report(place.row)
    this.#table.setState(place.row, 'stalled')
    place.stalls++
    this.#options.log.error({ thread: name }, 'a data-plane thread stands still; it is ended')
    const hasEnded = await place.thread.kill(new Error(`${name} stood still`))
    if (!hasEnded) this.#failure.resolve(new Error(`${name} stands still and cannot be ended`))
  }
}

/** A place for one thread after another. */
interface Place {
  readonly row: number
  thread: DataPlaneThread
  readonly isSilent: ReturnType<typeof createStallWatch>
  readonly metrics: ThreadMetrics
  restarts: number
  stalls: number
}
