import { extname } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { UsageBatch } from '@countersign/gate'
import { releaseLockOf } from '../admission/shared-admission.ts'
import { inTime } from '../in-time.ts'
import type { RememberedRefusal } from '../refusals/remembered-refusal.ts'
import type { FromWorker, ToWorker, WorkerData, WorkerStart } from './worker-messages.ts'

// The sources run unbuilt; a release runs the compiled files.
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** Longest wait for an answer of a thread, in milliseconds: a stalled thread must not delay others. */
const ANSWERS_WITHIN_MS = 500

/** Longest wait for the end of a killed thread, in milliseconds. */
const ENDS_WITHIN_MS = 1_000

/** What a thread hands over. */
export interface HandOver {
  readonly counted: (usage: UsageBatch) => void
  readonly remembered: (refusals: readonly RememberedRefusal[]) => void
}

/** How a thread ended. */
export interface ThreadEnd {
  /** The fault that ended it; absent if it was stopped. */
  readonly fault?: Error
  /** Whether no request was cut off. */
  readonly isOrderly: boolean
}

/** Starts a worker that loads the code of a data-plane thread, opens nothing and waits for its start. */
export function makeWorker(options: WorkerOptions, workerData: WorkerData): Worker {
  return new Worker(WORKER, { ...options, workerData })
}

/** One data-plane thread, from its start to its end. */
export class DataPlaneThread {
  /** Its port, once it listens; rejects when it ends before. */
  readonly listening: Promise<number>
  /** How it ended; never rejects. */
  readonly ended: Promise<ThreadEnd>
  readonly #worker: Worker
  readonly #waiting = new Map<number, (answer: readonly unknown[] | undefined) => void>()
  #asked = 0
  #isListening = false
  #stopped: ThreadEnd | undefined
  #fault: Error | undefined

  /**
   * @param worker a worker from `makeWorker` that waits, or still loads its code
   * @param handOver receives what the thread counted and remembered twice a second, and a last time before it ends in
   *   order
   */
  constructor(worker: Worker, start: WorkerStart, handOver: HandOver) {
    this.#worker = worker
    this.#worker.postMessage({ ask: 'start', start } satisfies ToWorker, [start.board.port])
    // An exited worker has no id any more.
    const { threadId } = this.#worker
    const listening = Promise.withResolvers<number>()
    const ended = Promise.withResolvers<ThreadEnd>()
    this.listening = listening.promise
    this.ended = ended.promise
    // A caller that only waits for the end need not handle this rejection.
    this.listening.catch(() => undefined)
    this.#worker.on('message', (message: FromWorker) => {
      if (message.says === 'listening') {
        this.#isListening = true
        listening.resolve(message.port)
      } else if (message.says === 'counted') handOver.counted(message.usage)
      else if (message.says === 'remembered') handOver.remembered(message.refusals)
      else if (message.says === 'stopped') this.#stopped = { isOrderly: message.isOrderly }
      else if (message.says !== 'loaded')
        this.#waiting.get(message.id)?.(message.says === 'metrics' ? message.metrics : message.refusals)
    })
    this.#worker.on('error', (fault: Error) => {
      this.#fault ??= fault
    })
    this.#worker.once('exit', (code) => {
      if (start.admission.kind === 'memory') releaseLockOf(start.admission.memory, threadId)
      const fault = this.#fault ?? new Error(`a data-plane thread ended with ${code}`)
      listening.reject(fault)
      ended.resolve(this.#stopped ?? { fault, isOrderly: false })
      for (const answer of [...this.#waiting.values()]) answer(undefined)
    })
  }

  /** Its metrics in prom-client's form for other threads; `undefined` if it does not answer in time. */
  async metrics(): Promise<readonly object[] | undefined> {
    return (await this.#ask((id) => ({ ask: 'metrics', id }))) as readonly object[] | undefined
  }

  /** The refusals that it has not yet handed over; none if it does not answer in time. */
  async refusals(keyId: string | undefined): Promise<readonly RememberedRefusal[]> {
    return ((await this.#ask((id) => ({ ask: 'refusals', id, keyId }))) ?? []) as readonly RememberedRefusal[]
  }

  async #ask(question: (id: number) => ToWorker): Promise<readonly unknown[] | undefined> {
    // A starting thread answers no questions yet.
    if (!this.#isListening) return undefined
    const id = ++this.#asked
    const { promise, resolve } = Promise.withResolvers<readonly unknown[] | undefined>()
    const timer = setTimeout(() => answer(undefined), ANSWERS_WITHIN_MS)
    const answer = (given: readonly unknown[] | undefined) => {
      clearTimeout(timer)
      this.#waiting.delete(id)
      resolve(given)
    }
    this.#waiting.set(id, answer)
    this.#worker.postMessage(question(id))
    return promise
  }

  /** Finishes the requests under way, then ends it. A thread that does not listen yet has none. */
  async stop(): Promise<ThreadEnd> {
    if (this.#isListening) this.#worker.postMessage({ ask: 'stop' } satisfies ToWorker)
    else {
      this.#stopped = { isOrderly: true }
      await this.kill(new Error('told to stop'))
    }
    return this.ended
  }

  /** Ends it at once. Returns whether it has ended. */
  async kill(fault: Error): Promise<boolean> {
    this.#fault ??= fault
    return (await inTime(this.#worker.terminate(), ENDS_WITHIN_MS)) !== 'late'
  }
}
