import { parentPort, workerData } from 'node:worker_threads'
import { lowerPriority } from '../threads/lower-priority.ts'
import { makeKeyPairBytes } from './key-pair-bytes.ts'
import type { ThreadPriority } from './key-pair-thread.ts'

/** Ed25519 key pairs of a probe. They take 4 ms of a processor. */
const PROBE_PAIRS = 20

/** A longer probe means that a key pair of this thread would take seconds. */
const MAX_PROBE_MS = 120

const isLow = (workerData as ThreadPriority) === 'low'
if (isLow) lowerPriority(10)

// Each message asks for one RSA key pair. Both keys are moved, so that this thread keeps no copy. A thread ends only
// between two key pairs, and the process waits for that: so none is begun that would take long.
parentPort?.on('message', () => {
  if (isLow && isStarved()) return parentPort?.postMessage('busy')
  const pair = makeKeyPairBytes('rsa')
  parentPort?.postMessage(pair, [pair.spki.buffer, pair.privateKey.buffer])
})

/** Whether other threads leave this one less than a thirtieth of a processor. */
function isStarved(): boolean {
  const startedAt = performance.now()
  for (let i = 0; i < PROBE_PAIRS; i++) makeKeyPairBytes('ed25519').privateKey.fill(0)
  return performance.now() - startedAt > MAX_PROBE_MS
}
