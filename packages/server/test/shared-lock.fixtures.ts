/** A thread of a test that is ended while it holds a lock. */
import { parentPort, workerData } from 'node:worker_threads'
import { SharedLock } from '../src/admission/shared-lock.ts'

if (parentPort) {
  new SharedLock(workerData as SharedArrayBuffer).acquire()
  parentPort.postMessage('held')
  for (;;);
}
