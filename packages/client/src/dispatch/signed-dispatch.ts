import { stringify } from 'node:querystring'
import type { Dispatcher } from 'undici'
import { MAX_REFUSAL_BYTES } from '../read-text.ts'
import type { RequestSigner } from '../request-signer.ts'
import type { Resend } from '../resend.ts'
import { wait } from '../wait.ts'
import { readDispatchBody } from './dispatch-body.ts'
import { type FlatHeaders, flattenHeaders, headerIn, withHeaders } from './dispatch-headers.ts'
import { RelayController } from './relay-controller.ts'

/** Options of a signed dispatch. */
export interface SignedDispatchParts {
  readonly dispatch: Dispatcher['dispatch']
  readonly request: Dispatcher.DispatchOptions
  readonly handler: Dispatcher.DispatchHandler
  readonly sign: RequestSigner
  readonly resend: Resend
  readonly coversBody: boolean
  readonly maxBodyBytes: number
}

interface ReadyRequest {
  readonly options: Dispatcher.DispatchOptions & { readonly maxRedirections: 0 }
  readonly headers: FlatHeaders
  readonly authority: string
  readonly scheme: string
  readonly covered: Uint8Array<ArrayBuffer> | undefined
}

type Head = readonly [status: number, headers: Record<string, string | string[] | undefined>, message?: string]

/** A refusal that is held back until it is clear whether to send again. */
interface Held {
  readonly head: Head
  readonly chunks: Buffer[]
  size: number
}

/** One request, signed at each attempt. Its handler sees only the final answer. */
export class SignedDispatch implements Dispatcher.DispatchHandler {
  readonly #parts: SignedDispatchParts
  readonly #controller = new RelayController()
  #ready: ReadyRequest | undefined
  #held: Held | undefined

  constructor(parts: SignedDispatchParts) {
    this.#parts = parts
  }

  /** Signs and sends. Faults go to the handler. */
  async send(): Promise<void> {
    const { dispatch, sign } = this.#parts
    try {
      this.#ready ??= await this.#prepare()
      const { options, headers, authority, scheme, covered } = this.#ready
      const { method, path: target } = options
      const signature = await sign({ method, target, authority, scheme, body: covered })
      if (this.#controller.reason) throw this.#controller.reason
      dispatch({ ...options, headers: withHeaders(headers, signature) }, this)
    } catch (fault) {
      this.#fail(fault)
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#controller.follow(controller)
    this.#parts.handler.onRequestStart?.(this.#controller, context)
  }

  onRequestUpgrade(
    _: Dispatcher.DispatchController,
    ...rest: Tail<NonNullable<Dispatcher.DispatchHandler['onRequestUpgrade']>>
  ): void {
    this.#parts.handler.onRequestUpgrade?.(this.#controller, ...rest)
  }

  onResponseStarted(): void {
    this.#parts.handler.onResponseStarted?.()
  }

  onBodySent(chunk: Buffer): void {
    this.#parts.handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.#parts.handler.onRequestSent?.()
  }

  onResponseStart(_: Dispatcher.DispatchController, ...head: Head): void {
    const [status] = head
    if (status === 401 || status === 429) this.#held = { head, chunks: [], size: 0 }
    else this.#parts.handler.onResponseStart?.(this.#controller, ...head)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#held) {
      this.#parts.handler.onResponseData?.(this.#controller, chunk)
      return
    }
    this.#held.chunks.push(chunk)
    this.#held.size += chunk.length
    if (this.#held.size > MAX_REFUSAL_BYTES) this.#release(this.#held)
  }

  onResponseEnd(_: Dispatcher.DispatchController, trailers: Record<string, string | string[] | undefined>): void {
    if (this.#held) void this.#sendAgain(this.#held, trailers)
    else this.#parts.handler.onResponseEnd?.(this.#controller, trailers)
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#parts.handler.onResponseError?.(this.#controller, error)
  }

  async #sendAgain(held: Held, trailers: Record<string, string | string[] | undefined>): Promise<void> {
    try {
      const [status, headers] = held.head
      const waitMs = await this.#parts.resend({
        status,
        header: (name) => [headers[name]].flat()[0],
        text: async () => Buffer.concat(held.chunks).toString('utf8'),
      })
      if (waitMs === undefined) {
        this.#release(held)
        this.#parts.handler.onResponseEnd?.(this.#controller, trailers)
        return
      }
      this.#held = undefined
      await wait(waitMs, this.#controller.signal)
    } catch (fault) {
      this.#fail(fault)
      return
    }
    await this.send()
  }

  /** Passes on what was held back. */
  #release({ head, chunks }: Held): void {
    const { handler } = this.#parts
    this.#held = undefined
    handler.onResponseStart?.(this.#controller, ...head)
    for (const chunk of chunks) handler.onResponseData?.(this.#controller, chunk)
  }

  #fail(fault: unknown): void {
    const error = fault instanceof Error ? fault : new Error(String(fault))
    this.#parts.handler.onResponseError?.(this.#controller, error)
  }

  async #prepare(): Promise<ReadyRequest> {
    const { request, coversBody, maxBodyBytes } = this.#parts
    const { query, body, ...options } = request
    const headers = flattenHeaders(request.headers)
    const { host, protocol } = new URL(String(request.origin))
    const read = body === undefined || body === null ? undefined : await readDispatchBody(body, maxBodyBytes)
    const contentType = headerIn(headers, 'content-type') === undefined ? read?.contentType : undefined
    return {
      options: {
        ...options,
        path: pathOf(request.path, query),
        body: read?.bytes,
        // A redirect interceptor below this one would send the signature to the next URL.
        maxRedirections: 0,
      },
      headers: contentType === undefined ? headers : withHeaders(headers, { 'content-type': contentType }),
      authority: headerIn(headers, 'host') ?? host,
      scheme: protocol.slice(0, -1),
      covered: coversBody ? read?.bytes : undefined,
    }
  }
}

type Tail<Call extends (...all: never[]) => unknown> = Parameters<Call> extends [unknown, ...infer Rest] ? Rest : never

/** As undici writes it: the signed text must equal the sent one. */
function pathOf(path: string, query: Dispatcher.DispatchOptions['query']): string {
  const text = query ? stringify(query) : ''
  return text === '' ? path : `${path}?${text}`
}
