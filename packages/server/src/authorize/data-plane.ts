import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ChangeBoard } from '../change-board.ts'
import type { Settings } from '../config.ts'
import type { RememberedRefusal } from '../refusals/refusal-memory.ts'
import type { SharedAdmissionMemory } from '../shared-admission.ts'
import type { UsageBatch } from '../usage/usage-counter.ts'
import type { UsageWriter } from '../usage/usage-writer.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'
import { withRoomForYoung } from './young-generation.ts'

/** The data-plane threads of a process. Disposing them lets what is under way finish, then ends the threads. */
export interface DataPlane extends AsyncDisposable {
  readonly port: number
  /** Metrics of each thread, as prom-client hands them from thread to thread. */
  metrics(): Promise<unknown[][]>
  /** Refusals of a key that each thread remembers, or where none is named those that prove nothing. */
  refusals(keyId?: string): Promise<(readonly RememberedRefusal[])[]>
  /** Settles when a thread ends that nobody told to. */
  readonly failure: Promise<Error>
}

/** What the data plane works with. */
export interface DataPlaneOptions {
  readonly settings: Settings
  readonly memory: SharedAdmissionMemory
  readonly board: ChangeBoard
  /** Takes what each thread counted, twice a second and for the last time before the data plane is disposed. */
  readonly usage: Pick<UsageWriter, 'add'>
}

// The sources run as they are; a release runs what was compiled from them.
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/**
 * Starts the configured number of threads on one port and waits until all of them listen.
 *
 * @param cutOff called when the stop cut off a request
 */
export async function startDataPlane(
  { settings, memory, board, usage }: DataPlaneOptions,
  cutOff: () => void,
): Promise<DataPlane> {
  const threads: Thread[] = []
  await using opened = new AsyncDisposableStack()
  opened.defer(async () => {
    const stopped = await Promise.all(threads.map((thread) => thread.stop()))
    if (!stopped.every(Boolean)) cutOff()
  })
  let port = settings.authorizePort
  for (let started = 0; started < settings.workers; started++) {
    const start: WorkerStart = {
      settings: { ...settings, authorizePort: port },
      admission: memory,
      board: board.addReader(),
      sharesPort: settings.workers > 1,
    }
    port = await withRoomForYoung(() => {
      const thread = new Thread(start, usage.add)
      threads.push(thread)
      return thread.listening
    })
  }
  const all = opened.move()
  return {
    port,
    failure: Promise.race(threads.map((thread) => thread.failed.catch((fault: Error) => fault))),
    metrics: () => Promise.all(threads.map((thread) => thread.metrics())),
    refusals: (keyId) => Promise.all(threads.map((thread) => thread.refusals(keyId))),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

class Thread {
  readonly listening: Promise<number>
  readonly failed: Promise<never>
  readonly #worker: Worker
  readonly #ended: Promise<unknown>
  readonly #waiting = new Map<number, (answer: readonly unknown[]) => void>()
  #asked = 0
  #isStopping = false
  #isOrderly = true

  constructor(start: WorkerStart, counted: (usage: UsageBatch) => void) {
    this.#worker = new Worker(WORKER, { workerData: start, transferList: [start.board.port] })
    this.#ended = once(this.#worker, 'exit').catch(() => undefined)
    this.failed = new Promise((_, reject) => {
      this.#worker.once('error', reject)
      this.#worker.once('exit', (code) => {
        if (!this.#isStopping) reject(new Error(`a data-plane thread ended with ${code}`))
      })
    })
    this.failed.catch(() => undefined)
    const heard = new Promise<number>((resolve) => {
      this.#worker.on('message', (message: FromWorker) => {
        if (message.says === 'listening') resolve(message.port)
        else if (message.says === 'counted') counted(message.usage)
        else if (message.says === 'stopped') this.#isOrderly = message.isOrderly
        else this.#waiting.get(message.id)?.(message.says === 'metrics' ? message.metrics : message.refusals)
      })
    })
    this.listening = Promise.race([heard, this.failed])
  }

  async metrics(): Promise<unknown[]> {
    return [...(await this.#ask((id) => ({ ask: 'metrics', id })))]
  }

  async refusals(keyId: string | undefined): Promise<readonly RememberedRefusal[]> {
    return (await this.#ask((id) => ({ ask: 'refusals', id, keyId }))) as readonly RememberedRefusal[]
  }

  /** What the thread answers; nothing where it has ended. */
  async #ask(question: (id: number) => ToWorker): Promise<readonly unknown[]> {
    const id = ++this.#asked
    const answered = new Promise<readonly unknown[]>((resolve) => this.#waiting.set(id, resolve))
    this.#say(question(id))
    try {
      return await Promise.race([answered, this.failed, this.#ended.then(() => [])])
    } finally {
      this.#waiting.delete(id)
    }
  }

  async stop(): Promise<boolean> {
    this.#isStopping = true
    this.#say({ ask: 'stop' })
    await this.#ended
    return this.#isOrderly
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}
