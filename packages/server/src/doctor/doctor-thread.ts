import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Explanation } from '@countersign/gate'
import type { Logger } from 'pino'
import type { NumberedAnswer, NumberedQuestion, Question } from './messages.ts'

/** A thread that looks into signatures, so that no decision waits for it but the one that it is about. */
export interface DoctorThread {
  /** Whether so many questions wait that another one would wait too long. */
  readonly isBusy: boolean
  /** What the doctor says; `undefined` where that is nothing, it takes too long, or its thread has a fault. Never rejects. */
  ask(question: Question): Promise<Explanation | undefined>
  close(): Promise<void>
}

// The sources run as they are; a release runs what was compiled from them.
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** Questions that may wait at once: each takes a few milliseconds at most. */
const MAX_WAITING = 16

/** Longest wait for an answer, in milliseconds; the first one waits for the thread to start. */
const MAX_WAIT_MS = 5_000

/** The doctor's thread of one other thread. It starts with the first question: most processes never have one. */
export function createDoctorThread(log: Logger): DoctorThread {
  const waiting = new Map<number, (explanation: Explanation | undefined) => void>()
  let worker: Worker | undefined
  let asked = 0
  let isClosed = false

  function start(): Worker {
    const started = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: 64 } })
    started.unref()
    started.on('message', ({ id, explanation }: NumberedAnswer) => waiting.get(id)?.(explanation))
    started.on('error', (fault) => log.error({ err: fault }, "the doctor's thread has failed; another one is started"))
    started.on('exit', () => {
      if (worker === started) worker = undefined
      for (const answer of [...waiting.values()]) answer(undefined)
    })
    return started
  }

  return {
    get isBusy() {
      return isClosed || waiting.size >= MAX_WAITING
    },
    ask(question) {
      const id = ++asked
      const { promise, resolve } = Promise.withResolvers<Explanation | undefined>()
      const timer = setTimeout(() => answer(undefined), MAX_WAIT_MS)
      const answer = (explanation: Explanation | undefined) => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(explanation)
      }
      waiting.set(id, answer)
      worker ??= start()
      const message: NumberedQuestion = { id, question }
      worker.postMessage(message)
      return promise
    },
    async close() {
      isClosed = true
      await worker?.terminate()
    },
  }
}
