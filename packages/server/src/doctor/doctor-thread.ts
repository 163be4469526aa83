import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Explanation } from '@countersign/gate'
import type { Logger } from 'pino'
import { createDeathLimit } from '../threads/death-limit.ts'
import type { NumberedAnswer, NumberedQuestion, Question } from './messages.ts'

/** A thread that examines signatures, so that no other decision waits for it. */
export interface DoctorThread {
  /** Whether too many questions wait for another one. */
  readonly isBusy: boolean
  /** The doctor's answer; `undefined` if there is none, it takes too long, or its thread has a fault. Never rejects. */
  ask(question: Question): Promise<Explanation | undefined>
  close(): Promise<void>
}

// The sources run unbuilt; a release runs the compiled files.
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** The most questions that may wait. Each takes a few milliseconds at most. */
const MAX_WAITING = 16

/** Longest wait for an answer, in milliseconds; the first one waits for the thread to start. Tests on a busy machine have another. */
const MAX_WAIT_MS = 5_000

/** How much longer a thread may take for its first answer, in milliseconds: it loads its code. */
const START_GRACE_MS = 25_000

/**
 * After this many deaths the doctor pauses for this time, in milliseconds: the cause would kill the next thread too.
 */
const REST_MS = 60_000
const MAX_DEATHS = 3

/** Starts the thread; tests pass another function. */
export type StartWorker = () => Worker

/**
 * A doctor's thread for one deciding thread. It starts with the first question, because most processes never have one.
 * A thread that dies or does not answer in time is ended, and started again with the next question.
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
