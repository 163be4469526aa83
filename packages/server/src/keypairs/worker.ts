import { parentPort, workerData } from 'node:worker_threads'
import { lowerPriority } from '../threads/lower-priority.ts'
import { makeKeyPairBytes } from './key-pair-bytes.ts'
import type { ThreadPriority } from './key-pair-thread.ts'

if ((workerData as ThreadPriority) === 'lowest') lowerPriority()

// Each message asks for one RSA key pair. Both keys are moved, so that this thread keeps no copy.
parentPort?.on('message', () => {
  const pair = makeKeyPairBytes('rsa')
  parentPort?.postMessage(pair, [pair.spki.buffer, pair.privateKey.buffer])
})
