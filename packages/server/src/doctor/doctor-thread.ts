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

/** A thread that is silent for so long, in milliseconds, is ended. Tests on a busy machine have another time. */
const SILENT_AFTER_MS = 5_000

/** A refusal waits for its diagnosis for this part of that time: 2.5 s. Proxies wait 3 s for a decision. */
const ANSWER_PART = 0.5

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
  silentAfterMs = SILENT_AFTER_MS,
): DoctorThread {
  return new RestartedThread(log, startWorker, silentAfterMs)
}

class RestartedThread implements DoctorThread {
  readonly #log: Logger
  readonly #startWorker: StartWorker
  readonly #silentAfterMs: number
  readonly #isOneTooMany = createDeathLimit({ maxDeaths: MAX_DEATHS, withinMs: REST_MS })
  readonly #waiting = new Map<number, (explanation: Explanation | undefined) => void>()
  #worker: Worker | undefined
  #asked = 0
  #isClosed = false
  #restsUntil = 0
  #heardAt = 0

  constructor(log: Logger, startWorker: StartWorker, silentAfterMs: number) {
    this.#log = log
    this.#startWorker = startWorker
    this.#silentAfterMs = silentAfterMs
  }

  get isBusy(): boolean {
    return this.#isClosed || this.#waiting.size >= MAX_WAITING || performance.now() < this.#restsUntil
  }

  ask(question: Question): Promise<Explanation | undefined> {
    const id = ++this.#asked
    const { promise, resolve } = Promise.withResolvers<Explanation | undefined>()
    this.#worker ??= this.#start()
    const asking = this.#worker
    // The first question of a thread waits for its code.
    const isLoading = performance.now() < this.#heardAt
    const late = setTimeout(resolve, this.#silentAfterMs * (isLoading ? 1 : ANSWER_PART), undefined)
    const silent = setTimeout(() => {
      answer(undefined)
      this.#endSilent(asking)
    }, this.#silentAfterMs)
    const answer = (explanation: Explanation | undefined) => {
      clearTimeout(late)
      clearTimeout(silent)
      this.#waiting.delete(id)
      resolve(explanation)
    }
    this.#waiting.set(id, answer)
    const message: NumberedQuestion = { id, question }
    asking.postMessage(message)
    return promise
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const started = this.#startWorker()
    started.unref()
    this.#heardAt = performance.now() + START_GRACE_MS
    started.on('message', ({ id, explanation }: NumberedAnswer) => {
      this.#heardAt = performance.now()
      this.#waiting.get(id)?.(explanation)
    })
    started.on('error', (fault) => this.#log.error({ err: fault }, "the doctor's thread has failed"))
    started.on('exit', () => this.#forget(started))
    return started
  }

  #forget(ended: Worker): void {
    if (this.#worker !== ended) return
    this.#worker = undefined
    for (const answer of [...this.#waiting.values()]) answer(undefined)
    const now = performance.now()
    if (this.#isClosed || !this.#isOneTooMany(now)) return
    this.#restsUntil = now + REST_MS
    this.#log.error(
      `the doctor's thread has ended ${MAX_DEATHS} times; no signature is explained for ${REST_MS / 1000} s`,
    )
  }

  #endSilent(silent: Worker): void {
    if (this.#worker !== silent || performance.now() - this.#heardAt < this.#silentAfterMs) return
    this.#log.error("the doctor's thread does not answer; it is ended")
    this.#forget(silent)
    void silent.terminate()
  }
}

/** The doctor's own code. */
export function startDoctor(): Worker {
  return new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: 64 } })
}
