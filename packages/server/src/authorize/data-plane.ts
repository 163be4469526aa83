import { once } from 'node:events'
import type { Worker, WorkerOptions } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { SharedAdmissionMemory } from '../admission/shared-admission.ts'
import type { Settings } from '../config/settings.ts'
import type { ChangeBoard } from '../keys/change-board.ts'
import type { RememberedRefusal } from '../refusals/refusal-memory.ts'
import { parseDatabaseUrl } from '../storage/database-url.ts'
import { createDeathLimit, type DeathLimitOptions } from '../threads/death-limit.ts'
import { createSpareThread } from '../threads/spare-thread.ts'
import { createStallWatch } from '../threads/stall-watch.ts'
import {
  allocateThreadTable,
  BEAT_EVERY_MS,
  type CountedThread,
  MAIN_ROW,
  ThreadTable,
} from '../threads/thread-table.ts'
import type { UsageWriter } from '../usage/usage-writer.ts'
import { DataPlaneThread, makeWorker } from './data-plane-thread.ts'
import { ThreadMetrics } from './thread-metrics.ts'
import { withYoungGeneration } from './young-generation.ts'

/**
 * The data-plane threads of a process. A thread that dies or stalls is started again on the same port. Disposing them
 * finishes the requests under way, then ends the threads.
 */
export interface DataPlane extends AsyncDisposable {
  readonly port: number
  /** All threads of the process, the main thread first. It waits for none of them. */
  threads(): readonly CountedThread[]
  /** Metrics of each thread in prom-client's form. It does not wait for a stalled thread. */
  metrics(): Promise<(readonly object[])[]>
  /** The refusals of a key in each thread's memory; without a key, those that do not prove their sender. */
  refusals(keyId?: string): Promise<(readonly RememberedRefusal[])[]>
  /** Settles when threads die faster than new starts help. */
  readonly failure: Promise<Error>
}

/** What the data plane works with. */
export interface DataPlaneOptions {
  readonly settings: Settings
  readonly log: Logger
  readonly memory: SharedAdmissionMemory
  readonly board: ChangeBoard
  /** Receives each thread's counts twice a second, and a last time before the data plane is disposed. */
  readonly usage: Pick<UsageWriter, 'add'>
  readonly life: ThreadLife
}

/** Limits for the life of threads. They are not settings: only tests change them. */
export interface ThreadLife extends DeathLimitOptions {
  readonly worker: Pick<WorkerOptions, 'execArgv' | 'resourceLimits'>
  /** Time from the listening of the only thread until a spare thread is made, in milliseconds. */
  readonly spareAfterMs: number
}

/** Three deaths within a minute end the process: new starts do not help against such a cause. */
export const THREAD_LIFE: ThreadLife = { maxDeaths: 3, withinMs: 60_000, worker: {}, spareAfterMs: 2_000 }

/** After this many readings without a beat a thread counts as stalled: 2 s, and 30 s while it loads its code. */
const [SILENT_READINGS, SILENT_READINGS_AT_START] = [2_000 / BEAT_EVERY_MS, 30_000 / BEAT_EVERY_MS]

/** Time from the death of a spare thread until the next one is made, in milliseconds. */
const SPARE_RESTS_MS = 30_000

/**
 * Starts the configured number of threads on one port and waits until all of them listen.
 *
 * @param cutOff called when the stop cut off a request
 */
export async function startDataPlane(options: DataPlaneOptions, cutOff: () => void): Promise<DataPlane> {
  const { settings, log, memory, board, usage, life } = options
  await using opened = new AsyncDisposableStack()
  const tableMemory = allocateThreadTable(settings.workers)
  const table = new ThreadTable(tableMemory)
  table.setState(MAIN_ROW, 'up')
  const isOneTooMany = createDeathLimit(life)
  const failure = Promise.withResolvers<Error>()
  const places: Place[] = []
  let port = settings.authorizePort
  let isStopping = false

  const { dialect } = parseDatabaseUrl(settings.databaseUrl)
  const load = () => makeWorker(life.worker, { dialect })
  const spare = opened.use(
    createSpareThread({
      make: () => {
        const worker = load()
        // An online worker has its heap. If it ends before, another line reports it.
        withYoungGeneration(() => once(worker, 'online')).catch(() => undefined)
        return worker
      },
      makeAfterMs: life.spareAfterMs,
      restMs: SPARE_RESTS_MS,
      log,
    }),
  )

  function takeSpare(row: number): Worker | undefined {
    const worker = spare.take()
    if (worker) log.info({ thread: table.report(row).name }, 'a spare thread took over')
    return worker
  }

  function open(row: number): DataPlaneThread {
    table.setState(row, 'starting')
    const start = {
      settings: { ...settings, authorizePort: port },
      admission: memory,
      board: board.addReader(),
      sharesPort: settings.workers > 1,
      threads: tableMemory,
      row,
    }
    return new DataPlaneThread(takeSpare(row) ?? load(), start, usage.add)
  }

  async function listens(thread: DataPlaneThread, row: number): Promise<number> {
    const got = await thread.listening
    table.setState(row, 'up')
    // With several threads, the others answer while one starts.
    if (settings.workers === 1) spare.prepare()
    return got
  }

  /** Starts a thread again each time it ended by itself. */
  async function keepAlive(place: Place): Promise<void> {
    const { fault } = await place.thread.ended
    table.setState(place.row, 'down')
    await place.metrics.threadEnded()
    if (isStopping) return
    const { name } = table.report(place.row)
    log.error({ err: fault, thread: name }, 'a data-plane thread has ended; it is started again')
    if (isOneTooMany(performance.now())) {
      const { maxDeaths, withinMs } = life
      const message = `${maxDeaths} data-plane threads ended within ${withinMs / 1000} s, ${name} as the last one`
      return failure.resolve(new Error(message, { cause: fault }))
    }
    place.restarts++
    const again = withYoungGeneration(() => {
      place.thread = open(place.row)
      return listens(place.thread, place.row)
    })
    again.then(
      () => log.info({ thread: name }, 'a data-plane thread listens again'),
      (fault) => log.error({ err: fault, thread: name }, 'a data-plane thread cannot be started'),
    )
    return keepAlive(place)
  }

  async function endStalled(place: Place): Promise<void> {
    const { name } = table.report(place.row)
    table.setState(place.row, 'stalled')
    place.stalls++
    log.error({ thread: name }, 'a data-plane thread stands still; it is ended')
    const hasEnded = await place.thread.kill(new Error(`${name} stood still`))
    if (!hasEnded) failure.resolve(new Error(`${name} stands still and cannot be ended`))
  }

  const watching = setInterval(() => {
    table.beat(MAIN_ROW)
    for (const place of places) {
      const state = table.state(place.row)
      const max = state === 'up' ? SILENT_READINGS : SILENT_READINGS_AT_START
      const isSilent = place.isSilent(table.beats(place.row), max)
      if (isSilent && (state === 'up' || state === 'starting')) void endStalled(place)
    }
  }, BEAT_EVERY_MS)
  opened.defer(() => clearInterval(watching))
  opened.defer(async () => {
    isStopping = true
    const ends = await Promise.all(places.map(({ thread }) => thread.stop()))
    if (!ends.every(({ isOrderly }) => isOrderly)) cutOff()
  })

  for (let row = 1; row < table.rows; row++) {
    port = await withYoungGeneration(() => {
      const thread = open(row)
      places.push({ row, thread, isSilent: createStallWatch(), metrics: new ThreadMetrics(), restarts: 0, stalls: 0 })
      return listens(thread, row)
    })
  }
  for (const place of places) void keepAlive(place)
  const all = opened.move()
  return {
    port,
    failure: failure.promise,
    threads: () =>
      table.reports().map((report, row) => {
        const { restarts = 0, stalls = 0 } = places[row - 1] ?? {}
        return { ...report, restarts, stalls }
      }),
    metrics: async () =>
      (await Promise.all(places.map(async ({ thread, metrics }) => metrics.sum(await thread.metrics())))).flat(),
    refusals: (keyId) => Promise.all(places.map(({ thread }) => thread.refusals(keyId))),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
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
