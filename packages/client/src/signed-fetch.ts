import { type Hop, MAX_REDIRECTS, nextHop, RedirectRefused } from './redirect.ts'
import { createRequestSigner, type RequestSigner, type SignerOptions } from './request-signer.ts'

/** Who signs, and for whom. */
export interface SignedFetchOptions extends SignerOptions {
  /**
   * Resolves relative URLs as a browser would: `orders` is below it where it ends with a slash, `/orders` is at its root.
   * Where it is given, requests to any other origin are refused, since a signature would work there too.
   */
  readonly baseUrl?: string | URL
  /** What sends; the platform's `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch
}

const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']

/**
 * A `fetch` that signs every request. Redirects within the origin are signed afresh; one to another origin rejects with
 * `RedirectRefused`. `redirect: 'manual'` and `'error'` mean what they always do.
 *
 * @throws PrivateKeyError where the key cannot be read
 */
export function createSignedFetch(options: SignedFetchOptions): typeof globalThis.fetch {
  const { baseUrl, fetch: send = globalThis.fetch } = options
  const sign = createRequestSigner(options)
  const base = baseUrl === undefined ? undefined : new URL(baseUrl)

  return async (input, init) => {
    const whole = input instanceof Request ? initOf(new Request(input, init)) : (init ?? {})
    const url = new URL(input instanceof Request ? input.url : input, base)
    if (base && url.origin !== base.origin) {
      throw new TypeError(`this key signs for ${base.origin}: a request to ${url.origin} is not signed`)
    }
    const method = (whole.method ?? 'GET').toUpperCase()
    let hop: Hop = { url, method, sendsBody: whole.body !== undefined && whole.body !== null }
    for (let followed = 0; followed <= MAX_REDIRECTS; followed++) {
      if (followed > 0 && hop.sendsBody) refuseStream(whole, hop)
      const response = await send(hop.url.href, await signedInit(whole, hop, sign))
      const next = follows(whole) ? nextHop(response, hop) : undefined
      if (!next) return response
      await response.body?.cancel()
      hop = next
    }
    throw new RedirectRefused(`${url.origin} redirected more than ${MAX_REDIRECTS} times`)
  }
}

async function signedInit(whole: RequestInit, hop: Hop, sign: RequestSigner): Promise<RequestInit> {
  const { body, ...rest } = whole
  const headers = new Headers(whole.headers)
  if (!hop.sendsBody) for (const name of BODY_HEADERS) headers.delete(name)
  const signature = await sign({ method: hop.method, target: hop.url.pathname + hop.url.search })
  for (const [name, value] of Object.entries(signature)) headers.set(name, value)
  const redirect = follows(whole) ? 'manual' : whole.redirect
  return {
    ...rest,
    method: hop.method,
    headers,
    ...(redirect && { redirect }),
    ...(hop.sendsBody && body !== undefined && { body }),
  }
}

function follows({ redirect = 'follow' }: RequestInit): boolean {
  return redirect === 'follow'
}

/** A stream is read once: it cannot be sent again to where a redirect leads. */
function refuseStream({ body }: RequestInit, { url }: Hop): void {
  if (body instanceof ReadableStream) {
    throw new RedirectRefused(`${url.origin} redirected a request whose body is a stream: call the final URL`)
  }
}

/** A request as the options that make it, so that each attempt can have its own headers. */
function initOf(request: Request): RequestInit {
  const { method, headers, body, signal, redirect, cache, credentials, integrity, keepalive, referrerPolicy } = request
  const options = { method, headers, signal, redirect, cache, credentials, integrity, keepalive, referrerPolicy }
  return body ? ({ ...options, body, duplex: 'half' } as RequestInit) : options
}
