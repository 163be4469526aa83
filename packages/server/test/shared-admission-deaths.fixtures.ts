/** A thread of a test that is ended from outside: asks one admission as fast as it can until then, and notes what was admitted. */
import { parentPort, workerData } from 'node:worker_threads'
import { createSharedAdmission, type SharedAdmissionMemory } from '../src/admission/shared-admission.ts'

/** What a thread is to do. */
export interface Mortal {
  readonly memory: SharedAdmissionMemory
  /** How many requests all threads made, how many of them were admitted, and how many signatures passed twice. */
  readonly counts: SharedArrayBuffer
  /** By the number of a signature, in a ring: that number, once it was admitted. */
  readonly admitted: SharedArrayBuffer
  readonly startMs: number
}

export const [REQUESTS, ADMITTED, PASSED_TWICE] = [0, 1, 2]

/** So often each signature is sent, by one thread or another. */
const COPIES = 3
/** So many requests are a millisecond on the clocks of the threads. */
const REQUESTS_A_MS = 10
/** What all requests are charged to: less than what they ask for. */
export const SHARED_BUCKET = { name: 'x', bucket: 'one', capacity: 500, refillPerSecond: 2_000, cost: 1 }
const WIDE = { name: 'x', capacity: 1e6, refillPerSecond: 1e6, cost: 1 }

/** Milliseconds that pass while so many requests are made. */
export function passedMs(requests: number): number {
  return requests / REQUESTS_A_MS
}

if (parentPort) {
  const { memory, startMs, ...given } = workerData as Mortal
  const counts = new Int32Array(given.counts)
  const ring = new Int32Array(given.admitted)
  const nowMs = () => passedMs(Atomics.load(counts, REQUESTS))
  const admission = createSharedAdmission(memory, { wallMs: () => startMs + nowMs(), monotonicMs: nowMs })
  parentPort.postMessage('started')
  for (;;) {
    const number = Math.floor(Atomics.add(counts, REQUESTS, 1) / COPIES)
    const signedAtMs = startMs + passedMs(number * COPIES)
    const claim = { key: `claim ${number}`, signedAtMs, untilMs: signedAtMs + 1_000 }
    const charges = [SHARED_BUCKET, { ...WIDE, bucket: 'two' }, { ...WIDE, bucket: `many ${number % 100}` }]
    if (admission.admit({ accountId: `account ${number % 50}`, claim, charges }).outcome !== 'admitted') continue
    Atomics.add(counts, ADMITTED, 1)
    if (Atomics.exchange(ring, number % ring.length, number + 1) === number + 1) Atomics.add(counts, PASSED_TWICE, 1)
  }
}
