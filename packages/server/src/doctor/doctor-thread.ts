import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Explanation } from '@countersign/gate'
import type { Logger } from 'pino'
import { createDeathLimit } from '../threads/death-limit.ts'
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

/** Longest wait for an answer, in milliseconds; the first one waits for the thread to start. Tests on a busy machine have another. */
const MAX_WAIT_MS = 5_000

/** How much longer a thread may take for its first answer, in milliseconds: it loads its code. */
const START_GRACE_MS = 25_000

/** After so many deaths the doctor rests for this time, in milliseconds: what kills its thread that fast would go on to. */
const REST_MS = 60_000
const MAX_DEATHS = 3

/** What starts the thread; another one in tests. */
export type StartWorker = () => Worker

/**
 * The doctor's thread of one other thread. It starts with the first question: most processes never have one. A thread that dies,
 * or does not answer in time, is ended and started again with the next question.
 */
export function createDoctorThread(
  log: Logger,
  startWorker: StartWorker = startDoctor,
  maxWaitMs = MAX_WAIT_MS,
): DoctorThread {
  const isOneTooMany = createDeathLimit({ maxDeaths: MAX_DEATHS, withinMs: REST_MS })
  const waiting = new Map<number, (explanation: Explanation | undefined) => void>()
  let worker: Worker | undefined
  let asked = 0
  let isClosed = false
  let restsUntil = 0
  let heardAt = 0

  function start(): Worker {
    const started = startWorker()
    started.unref()
    heardAt = performance.now() + START_GRACE_MS
    started.on('message', ({ id, explanation }: NumberedAnswer) => {
      heardAt = performance.now()
      waiting.get(id)?.(explanation)
    })
    started.on('error', (fault) => log.error({ err: fault }, "the doctor's thread has failed"))
    started.on('exit', () => forget(started))
    return started
  }

  function forget(ended: Worker): void {
    if (worker !== ended) return
    worker = undefined
    for (const answer of [...waiting.values()]) answer(undefined)
    const now = performance.now()
    if (isClosed || !isOneTooMany(now)) return
    restsUntil = now + REST_MS
    log.error(`the doctor's thread has ended ${MAX_DEATHS} times; no signature is explained for ${REST_MS / 1000} s`)
  }

  function endSilent(silent: Worker): void {
    if (worker !== silent || performance.now() - heardAt < maxWaitMs) return
    log.error("the doctor's thread does not answer; it is ended")
    forget(silent)
    void silent.terminate()
  }

  return {
    get isBusy() {
      return isClosed || waiting.size >= MAX_WAITING || performance.now() < restsUntil
    },
    ask(question) {
      const id = ++asked
      const { promise, resolve } = Promise.withResolvers<Explanation | undefined>()
      worker ??= start()
      const asking = worker
      const timer = setTimeout(() => {
        answer(undefined)
        endSilent(asking)
      }, maxWaitMs)
      const answer = (explanation: Explanation | undefined) => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(explanation)
      }
      waiting.set(id, answer)
      const message: NumberedQuestion = { id, question }
      asking.postMessage(message)
      return promise
    },
    async close() {
      isClosed = true
      await worker?.terminate()
    },
  }
}

/** The doctor's own code. */
export function startDoctor(): Worker {
  return new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: 64 } })
}
