import { once } from 'node:events'
import type { WorkerOptions } from 'node:worker_threads'
import type { AdmissionLack } from '../admission/server-admission.ts'
import type { RememberedRefusal } from '../refusals/remembered-refusal.ts'
import { parseDatabaseUrl } from '../storage/database-url.ts'
import type { DeathLimitOptions } from '../threads/death-limit.ts'
import { createSpareThread } from '../threads/spare-thread.ts'
import { BEAT_EVERY_MS, type CountedThread } from '../threads/thread-table.ts'
import { makeWorker } from './data-plane-thread.ts'
import { ThreadKeeper, type ThreadKeeperOptions } from './thread-keeper.ts'
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
  /** The refusals of a key that each thread has not yet handed over; without a key, those that do not prove their sender. */
  refusals(keyId?: string): Promise<(readonly RememberedRefusal[])[]>
  /** Notes what keeps all threads of the process from being ready; `undefined` if nothing does. */
  setProcessLack(lack: AdmissionLack | undefined): void
  /** Settles when threads die faster than new starts help. */
  readonly failure: Promise<Error>
}

/** What the data plane works with. */
export interface DataPlaneOptions extends Omit<ThreadKeeperOptions, 'load' | 'spare'> {
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

/** Time from the death of a spare thread until the next one is made, in milliseconds. */
const SPARE_RESTS_MS = 30_000

/**
 * Starts the configured number of threads on one port and waits until all of them listen.
 *
 * @param cutOff called when the stop cut off a request
 */
export async function startDataPlane(options: DataPlaneOptions, cutOff: () => void): Promise<DataPlane> {
  const { settings, log, life } = options
  await using opened = new AsyncDisposableStack()
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
  const keeper = new ThreadKeeper({ ...options, load, spare })
  const watching = setInterval(() => keeper.watch(), BEAT_EVERY_MS)
  opened.defer(() => clearInterval(watching))
  opened.defer(async () => {
    if (!(await keeper.stop())) cutOff()
  })
  const port = await keeper.start()
  const all = opened.move()
  return {
    port,
    failure: keeper.failure,
    threads: () => keeper.reports(),
    setProcessLack: (lack) => keeper.setProcessLack(lack),
    metrics: () => keeper.metrics(),
    refusals: (keyId) => keeper.refusals(keyId),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
