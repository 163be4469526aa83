import axios, {
  type AxiosAdapter,
  AxiosHeaders,
  type AxiosResponse,
  getAdapter,
  type InternalAxiosRequestConfig,
  isAxiosError,
} from 'axios'
import { createClock } from './clock.ts'
import { readBody, type SignableBody } from './read-body.ts'
import { BODY_HEADERS, type Hop, MAX_REDIRECTS, nextHop, RedirectRefused } from './redirect.ts'
import { createRequestSigner, DEFAULT_PROFILE, type RequestSigner, type SignerOptions } from './request-signer.ts'
import { type Refusal, type ResendOptions, startResending } from './resend.ts'
import { wait } from './wait.ts'

/** The key that signs, and the origin that it signs for. */
export type AxiosSigningOptions = SignerOptions &
  ResendOptions & {
    /** The only origin to sign for: a request to another origin is refused. Without it, all origins. */
    readonly baseUrl?: string | URL
  }

/** A request interceptor of axios. */
export type AxiosInterceptor = (config: InternalAxiosRequestConfig) => InternalAxiosRequestConfig

/**
 * A request interceptor that signs what an axios instance sends:
 * `instance.interceptors.request.use(signAxios(options))`. It signs last, after all transformations, so the signed
 * bytes of the body are the ones that are sent. A stream as body is refused, except in the profile `access-headers`.
 * Repeated sending, redirects and refusals work as with `createSignedFetch`. It follows redirects itself, at most
 * `maxRedirects` times, and does not call `beforeRedirect`. In a browser it sends by `fetch`, because XMLHttpRequest
 * follows redirects without telling.
 *
 * @throws PrivateKeyError if the key cannot be read, UnusableKeyError if it cannot sign by the profile
 */
export function signAxios(options: AxiosSigningOptions): AxiosInterceptor {
  const { profile = DEFAULT_PROFILE, now = Date.now } = options
  const clock = createClock(now)
  const sign = createRequestSigner({ ...options, now: clock.now })
  const base = options.baseUrl === undefined ? undefined : new URL(options.baseUrl)

  async function send(config: InternalAxiosRequestConfig, adapter: AxiosAdapter): Promise<AxiosResponse> {
    const url = new URL(axios.getUri(config), base)
    if (base && url.origin !== base.origin) {
      throw new TypeError(`this key signs for ${base.origin}: a request to ${url.origin} is not signed`)
    }
    const { maxRedirects = MAX_REDIRECTS, signal } = config
    const resend = startResending(clock, options)
    const body = await bodyOf(config, profile === 'http-message-signatures')
    const sendsBody = config.data !== undefined && config.data !== null
    let hop: Hop = { url, method: (config.method ?? 'get').toUpperCase(), sendsBody }

    for (let followed = 0; ; ) {
      const answer = await attempt(adapter, await signedConfig(config, hop, body, sign))
      const isSpent = hop.sendsBody && body.isStream
      const waitMs = isSpent ? undefined : await resend(refusalOf(answer.response))
      if (waitMs !== undefined) {
        drop(answer.response)
        await wait(waitMs, signal as AbortSignal | undefined)
        continue
      }
      const next = maxRedirects === 0 ? undefined : nextHop(redirectOf(answer.response), hop)
      if (!next) return answer.settle()
      drop(answer.response)
      if (isSpent && next.sendsBody)
        throw new RedirectRefused(`${url.origin} redirected a request whose body is a stream`)
      if (++followed > maxRedirects)
        throw new RedirectRefused(`${url.origin} redirected more than ${maxRedirects} times`)
      hop = next
    }
  }

  return (config) => {
    const adapter = getAdapter(withoutXhr(config.adapter))
    return { ...config, adapter: (ready) => send(ready, adapter) }
  }
}

async function signedConfig(
  config: InternalAxiosRequestConfig,
  { url, method, sendsBody }: Hop,
  body: Body,
  sign: RequestSigner,
): Promise<InternalAxiosRequestConfig> {
  const headers = new AxiosHeaders(config.headers)
  if (sendsBody && body.contentType !== undefined) headers.set('content-type', body.contentType)
  if (!sendsBody) for (const name of BODY_HEADERS) headers.delete(name)
  headers.set(await sign({ method, url, body: sendsBody ? body.covered : undefined }))
  const { baseURL: _, params: __, data, ...rest } = config
  return {
    ...rest,
    url: url.href,
    method: method.toLowerCase(),
    headers,
    maxRedirects: 0,
    data: sendsBody ? (body.covered ?? data) : undefined,
  }
}

/** A body as it is sent. */
interface Body {
  /** Set if the signature covers the body. */
  readonly covered?: ArrayBuffer
  readonly contentType?: string
  readonly isStream: boolean
}

async function bodyOf({ data }: InternalAxiosRequestConfig, isCovered: boolean): Promise<Body> {
  const isStream = typeof data === 'object' && data !== null && ('pipe' in data || 'getReader' in data)
  if (!isCovered || data === undefined || data === null) return { isStream }
  if (isStream) {
    throw new TypeError(
      "a stream cannot be signed before it is sent: read it first, or sign with profile: 'access-headers'",
    )
  }
  if (!isSignable(data))
    throw new TypeError('the body must be text, bytes, a Blob, a form, or what axios turns into these')
  const { bytes, contentType } = await readBody(data)
  // axios sets a form's boundary when it writes the form, which is here.
  return { covered: bytes.buffer, isStream, contentType: data instanceof FormData ? contentType : undefined }
}

function isSignable(data: unknown): data is SignableBody | FormData {
  if (typeof data === 'string' || data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return true
  return data instanceof Blob || data instanceof URLSearchParams || data instanceof FormData
}

interface Answer {
  readonly response: AxiosResponse
  /** Settles as axios would: with the response, or with the error for its status. */
  readonly settle: () => Promise<AxiosResponse> | AxiosResponse
}

async function attempt(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<Answer> {
  try {
    const response = await adapter(config)
    return { response, settle: () => response }
  } catch (error) {
    if (!isAxiosError(error) || !error.response) throw error
    return { response: error.response, settle: () => Promise.reject(error) }
  }
}

function refusalOf({ status, headers, data }: AxiosResponse): Refusal {
  return { status, header: (name) => headerOf(headers, name), text: async () => textOf(data) }
}

/** The body before any transformation. A body that was requested as a stream is left to the caller. */
function textOf(data: unknown): string | undefined {
  if (typeof data === 'string') return data
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? new TextDecoder().decode(data) : undefined
}

function redirectOf({ status, headers }: AxiosResponse) {
  return { status, location: headerOf(headers, 'location'), isOpaque: status === 0 }
}

function headerOf(headers: AxiosResponse['headers'], name: string): string | undefined {
  const value = AxiosHeaders.from(headers as AxiosHeaders).get(name)
  return typeof value === 'string' ? value : undefined
}

/** Frees the connection of an answer whose body was requested as a stream. */
function drop({ data }: AxiosResponse): void {
  if (typeof data !== 'object' || data === null) return
  if ('destroy' in data && typeof data.destroy === 'function') data.destroy()
  else if (data instanceof ReadableStream) void data.cancel()
}

function withoutXhr(adapters: InternalAxiosRequestConfig['adapter']): InternalAxiosRequestConfig['adapter'] {
  const list = [adapters ?? axios.defaults.adapter ?? []].flat().filter((adapter) => adapter !== 'xhr')
  return list.length > 0 ? list : 'fetch'
}
