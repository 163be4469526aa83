import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { createDeathLimit } from '../threads/death-limit.ts'
import type { KeyPairBytes } from './key-pair-bytes.ts'

// The sources run unbuilt; a release runs the compiled files.
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** After this many deaths within this time, in milliseconds, the cause would kill the next thread too. */
const DEATHS = { maxDeaths: 3, withinMs: 60_000 }

/** How long no thread is started after that, in milliseconds. */
const REST_MS = 30_000

/** `low` (nice 10): a tenth of the processor time that another busy thread gets, and no key pair if that is too little. */
export type ThreadPriority = 'normal' | 'low'

/** Starts a thread; tests pass another function. */
export type StartWorker = (priority: ThreadPriority) => Worker

/**
 * A key pair; `busy` if a thread of low priority would take long for one; `undefined` if the thread died or is closed.
 */
export type Made = KeyPairBytes | 'busy' | undefined

/** How a thread is started. */
export interface KeyPairThreadOptions {
  readonly priority: ThreadPriority
  readonly log: Logger
  readonly startWorker?: StartWorker | undefined
}

/**
 * A thread that makes RSA key pairs, one at a time, and nothing else. So no key pair is made in libuv's threads, where
 * connections to a database wait for name look-ups and passwords. It starts with the first question. A thread that dies
 * is started again with the next question.
 */
export class KeyPairThread {
  readonly #log: Logger
  readonly #startWorker: () => Worker
  readonly #isOneTooMany = createDeathLimit(DEATHS)
  #worker: Worker | undefined
  #answer: ((made: Made) => void) | undefined
  #restsUntil = 0
  #isClosed = false

  constructor({ priority, log, startWorker = startKeyPairWorker }: KeyPairThreadOptions) {
    this.#log = log
    this.#startWorker = () => startWorker(priority)
  }

  get isBusy(): boolean {
    return this.#answer !== undefined
  }

  /** How long no thread will be started, in milliseconds: 0 unless it died too often. */
  restsMs(): number {
    return Math.max(0, this.#restsUntil - performance.now())
  }

  /** Makes an RSA key pair. Never rejects. Not while it is busy. */
  async make(): Promise<Made> {
    if (this.#isClosed || this.restsMs() > 0) return undefined
    const { promise, resolve } = Promise.withResolvers<Made>()
    this.#answer = resolve
    const asked = this.#worker ?? this.#start()
    if (!asked) {
      this.#answer = undefined
      return undefined
    }
    asked.postMessage('make')
    const made = await promise
    this.#answer = undefined
    return made
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
  }

  /** `undefined` if the system gives no more threads. */
  #start(): Worker | undefined {
    const started = this.#tryStart()
    if (!started) return undefined
    this.#worker = started
    started.unref()
    started.on('message', (made: Made) => this.#answer?.(made))
    started.on('error', (fault) => this.#log.error({ err: fault }, 'the thread that makes key pairs has failed'))
    started.on('exit', () => this.#forget(started))
    return started
  }

  #tryStart(): Worker | undefined {
    try {
      return this.#startWorker()
    } catch (fault) {
      this.#log.error({ err: fault }, 'the thread that makes key pairs cannot be started')
      this.#countDeath()
      return undefined
    }
  }

  #forget(ended: Worker): void {
    if (this.#worker !== ended) return
    this.#worker = undefined
    if (!this.#isClosed) this.#countDeath()
    this.#answer?.(undefined)
  }

  #countDeath(): void {
    if (!this.#isOneTooMany(performance.now())) {
      this.#log.warn('the thread that makes key pairs has ended; it is started again')
      return
    }
    this.#restsUntil = performance.now() + REST_MS
    this.#log.error(
      `the thread that makes key pairs has ended ${DEATHS.maxDeaths} times; it is started again in ${REST_MS / 1000} s`,
    )
  }
}

/** The thread's own code. */
export function startKeyPairWorker(priority: ThreadPriority): Worker {
  return new Worker(WORKER, { workerData: priority, resourceLimits: { maxOldGenerationSizeMb: 32 } })
}
