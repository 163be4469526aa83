/** A thread of a test: asks one admission in shared memory many times, as fast as it can, and says what came of it. */
import { parentPort, workerData } from 'node:worker_threads'
import type { AdmissionOutcome, AdmissionRequest } from '@countersign/gate'
import { createSharedAdmission, type SharedAdmissionMemory } from '../src/admission/shared-admission.ts'

/** What a thread is to do. */
export interface Hammering {
  readonly memory: SharedAdmissionMemory
  /** Says whether all threads may start. */
  readonly gate: SharedArrayBuffer
  readonly operations: number
  /** The claim of each operation is one of so many, the same for all threads; none where 0. */
  readonly claims: number
  readonly bucket: { readonly capacity: number; readonly refillPerSecond: number }
  readonly startMs: number
  /** How far this thread's clock moves with each operation. */
  readonly stepMs: number
}

/** What came of it: the claims that it got, and how often each outcome came. */
export interface Hammered {
  readonly claimed: readonly number[]
  readonly outcomes: Readonly<Record<AdmissionOutcome['outcome'], number>>
}

if (parentPort) {
  const { memory, gate, ...rest } = workerData as Hammering
  parentPort.postMessage('ready')
  Atomics.wait(new Int32Array(gate), 0, 0)
  parentPort.postMessage(hammer(memory, rest))
}

function hammer(memory: SharedAdmissionMemory, work: Omit<Hammering, 'memory' | 'gate'>): Hammered {
  const { operations, claims, bucket, startMs, stepMs } = work
  let passedMs = 0
  const clocks = { wallMs: () => startMs + passedMs, monotonicMs: () => passedMs }
  const admission = createSharedAdmission(memory, clocks)
  const claimed: number[] = []
  const outcomes = {
    admitted: 0,
    already_used: 0,
    signed_before_start: 0,
    limited: 0,
    over_share: 0,
    full: 0,
    unavailable: 0,
  }
  for (let i = 0; i < operations; i++) {
    passedMs = i * stepMs
    const key = `claim ${i % claims}`
    const request: AdmissionRequest = {
      accountId: `account ${(i % claims) % 64}`,
      charges: [{ ...bucket, name: 'write', bucket: 'all', cost: 1 }],
      claim: claims > 0 ? { key, signedAtMs: startMs, untilMs: startMs + 1e9 } : undefined,
    }
    const { outcome } = admission.admit(request)
    outcomes[outcome]++
    if (outcome === 'admitted') claimed.push(i % claims)
  }
  return { claimed, outcomes }
}
