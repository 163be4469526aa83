import type { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'

/**
 * One worker that has loaded its code, has opened nothing and waits for its start. Disposing it ends the worker, also
 * while it loads.
 */
export interface SpareThread extends AsyncDisposable {
  /** Makes a spare after `makeAfterMs`. Does nothing if there is one already. */
  prepare(): void
  /** Takes the spare; `undefined` if there is none. `prepare` makes the next one. */
  take(): Worker | undefined
}

/** How a spare is made. */
export interface SpareThreadOptions {
  /** Starts a worker that loads its code, says so in its first message, and waits. */
  readonly make: () => Worker
  /**
   * Time from `prepare` until the spare starts to load, in milliseconds: the thread that has just started gets the
   * processor first.
   */
  readonly makeAfterMs: number
  /** Time from the death of a spare until the next one is made, in milliseconds. */
  readonly restMs: number
  readonly log: Logger
}

/** Keeps a spare thread. Makes none before `prepare` is called. */
export function createSpareThread({ make, makeAfterMs, restMs, log }: SpareThreadOptions): SpareThread {
  let spare: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function makeAfter(ms: number): void {
    if (isClosed || spare) return
    clearTimeout(timer)
    timer = setTimeout(() => watch(make()), ms).unref()
  }

  function watch(worker: Worker): void {
    spare = worker
    let fault: Error | undefined
    worker.on('error', (error: Error) => {
      fault = error
    })
    worker.once('message', () => {
      if (spare === worker) log.info('a spare thread is loaded')
    })
    worker.once('exit', () => {
      if (spare !== worker) return
      spare = undefined
      if (isClosed) return
      log.warn({ err: fault }, `the spare thread has ended; the next one is made in ${restMs / 1000} s`)
      makeAfter(restMs)
    })
  }

  return {
    prepare: () => makeAfter(makeAfterMs),
    take() {
      clearTimeout(timer)
      const taken = spare
      spare = undefined
      return taken
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      clearTimeout(timer)
      await spare?.terminate()
    },
  }
}
