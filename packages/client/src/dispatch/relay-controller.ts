import type { Dispatcher } from 'undici'

/** The controller of a request that may be sent more than once. It acts on the current attempt. */
export class RelayController implements Dispatcher.DispatchController {
  readonly #ended = new AbortController()
  #attempt: Dispatcher.DispatchController | undefined

  /** Aborts with the request, and ends a wait between two attempts. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get aborted(): boolean {
    return this.#ended.signal.aborted
  }

  get reason(): Error | null {
    return this.#ended.signal.aborted ? this.#ended.signal.reason : null
  }

  get paused(): boolean {
    return this.#attempt?.paused ?? false
  }

  get rawHeaders(): NonNullable<Dispatcher.DispatchController['rawHeaders']> | null {
    return this.#attempt?.rawHeaders ?? null
  }

  get rawTrailers(): NonNullable<Dispatcher.DispatchController['rawTrailers']> | null {
    return this.#attempt?.rawTrailers ?? null
  }

  /** Sets the current attempt. */
  follow(attempt: Dispatcher.DispatchController): void {
    this.#attempt = attempt
    if (this.reason) attempt.abort(this.reason)
  }

  abort(reason: Error): void {
    this.#ended.abort(reason)
    this.#attempt?.abort(reason)
  }

  pause(): void {
    this.#attempt?.pause()
  }

  resume(): void {
    this.#attempt?.resume()
  }
}
