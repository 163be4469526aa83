import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { allocateSharedAdmission, createSharedAdmission, releaseLockOf } from '../src/admission/shared-admission.ts'
import {
  ADMITTED,
  type Mortal,
  PASSED_TWICE,
  passedMs,
  REQUESTS,
  SHARED_BUCKET,
} from './shared-admission-deaths.fixtures.ts'

const START_MS = 1_703_123_456_789
const THREADS = 4

/** What came of ending threads. */
export interface Deaths {
  readonly requests: number
  /** Requests that a thread saw admitted. */
  readonly admitted: number
  /** The most that the bucket of all requests can have given. */
  readonly allowed: number
  /** Signatures that were admitted more than once. */
  readonly passedTwice: number
  /** How often the lock was taken from a thread that ended inside. */
  readonly recoveries: number
}

/**
 * Lets four threads ask one admission, ends one after the other wherever it is, so many times, and starts others for them.
 *
 * @param isSupervised whether somebody releases the lock of a thread that ended; the others wait for a second if not
 */
export async function endThreads(deaths: number, isSupervised: (death: number) => boolean): Promise<Deaths> {
  const counts = new SharedArrayBuffer(3 * 4)
  const clocks = { wallMs: () => START_MS, monotonicMs: () => 0 }
  const memory = allocateSharedAdmission({ maxClaims: 100_000, maxBuckets: 400 }, 'secret', clocks)
  const workerData: Mortal = { memory, counts, admitted: new SharedArrayBuffer(4 * 1_000_000), startMs: START_MS }
  const url = new URL('./shared-admission-deaths.fixtures.ts', import.meta.url)
  let ended = 0

  async function start(): Promise<Worker> {
    const worker = new Worker(url, { workerData })
    const { threadId } = worker
    worker.once('exit', () => {
      if (isSupervised(ended)) releaseLockOf(memory, threadId)
    })
    await once(worker, 'message')
    return worker
  }

  const threads = await Promise.all(Array.from({ length: THREADS }, start))
  const nowMs = () => passedMs(Atomics.load(new Int32Array(counts), REQUESTS))
  const mine = createSharedAdmission(memory, { wallMs: () => START_MS + nowMs(), monotonicMs: nowMs })
  for (; ended < deaths; ended++) {
    const turns = Math.floor(Math.random() * 20)
    for (let turn = 0; turn < turns; turn++) await nextTurn()
    const place = ended % THREADS
    await threads[place]?.terminate()
    // The main thread needs the lock as well, and is not held up for good either.
    mine.admit({ accountId: 'main', charges: [] })
    threads[place] = await start()
  }
  await Promise.all(threads.map((thread) => thread.terminate()))
  const { [REQUESTS]: requests = 0, [ADMITTED]: admitted = 0, [PASSED_TWICE]: passedTwice = 0 } = new Int32Array(counts)
  const { capacity, refillPerSecond } = SHARED_BUCKET
  const allowed = capacity + (passedMs(requests) * refillPerSecond) / 1000
  return { requests, admitted, allowed, passedTwice, recoveries: mine.lockRecoveries }
}
