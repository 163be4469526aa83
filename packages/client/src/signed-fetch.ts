import { createClock } from './clock.ts'
import { type PreparedInit, prepareInit } from './prepared-init.ts'
import { isStream } from './read-body.ts'
import { MAX_REFUSAL_BYTES, readText } from './read-text.ts'
import { BODY_HEADERS, type Hop, MAX_REDIRECTS, nextHop, type RedirectAnswer, RedirectRefused } from './redirect.ts'
import { createRequestSigner, DEFAULT_PROFILE, type RequestSigner, type SignerOptions } from './request-signer.ts'
import { type Refusal, type ResendOptions, startResending } from './resend.ts'
import { createServerNonce } from './server-nonce.ts'
import { wait } from './wait.ts'

/** Who signs, and for whom. */
export type SignedFetchOptions = SignerOptions &
  ResendOptions & {
    /**
     * Resolves relative URLs as a browser would: `orders` is below it where it ends with a slash, `/orders` is at its root.
     * Where it is given, requests to any other origin are refused, since a signature would work there too.
     */
    readonly baseUrl?: string | URL
    /**
     * Whether nonces begin with what the server last gave in the header `Countersign-Nonce`, as its own surfaces ask of sessions;
     * false by default. A request that is refused for the lack of it (401 `nonce_required`) is sent once more with the one
     * that the refusal carries. A text is the first one, where the server gave it in another way. RFC 9421 only.
     */
    readonly serverNonce?: boolean | string
    /** What sends; the platform's `fetch` by default. */
    readonly fetch?: typeof globalThis.fetch
  }

/**
 * A `fetch` that signs every request, its body included but in the profile `access-headers`; a body is read to its end
 * before it is sent, and one that is a stream is refused. What is sent again is signed again: redirects within the origin,
 * a request whose time was refused (once, its clock set by the answer), and one that was told to come back later. A
 * redirect to another origin rejects with `RedirectRefused`. `redirect: 'manual'` and `'error'` mean what they always do.
 *
 * @throws PrivateKeyError where the key cannot be read, UnusableKeyError where it cannot sign by the profile
 */
export function createSignedFetch(options: SignedFetchOptions): typeof globalThis.fetch {
  const { baseUrl, fetch: send = globalThis.fetch, profile = DEFAULT_PROFILE, now = Date.now } = options
  const coversBody = profile === 'http-message-signatures'
  const clock = createClock(now)
  const serverNonce = options.serverNonce ? createServerNonce(firstOf(options.serverNonce)) : undefined
  const sign = createRequestSigner({ ...options, now: clock.now, nonce: serverNonce?.make ?? options.nonce })
  const base = baseUrl === undefined ? undefined : new URL(baseUrl)

  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, base)
    if (base && url.origin !== base.origin) {
      throw new TypeError(`this key signs for ${base.origin}: a request to ${url.origin} is not signed`)
    }
    const prepared = await prepareInit(input, init, coversBody)
    const whole = prepared.init
    const method = (whole.method ?? 'GET').toUpperCase()
    const resend = startResending(clock, options, serverNonce)
    let hop: Hop = { url, method, sendsBody: whole.body !== undefined && whole.body !== null }

    for (let followed = 0; followed <= MAX_REDIRECTS; ) {
      if (followed > 0 && hop.sendsBody) refuseStream(whole, hop)
      const response = await send(hop.url.href, await signedInit(prepared, hop, sign))
      const waitMs = hop.sendsBody && isSpent(whole) ? undefined : await resend(refusalOf(response))
      if (waitMs !== undefined) {
        await response.body?.cancel()
        await wait(waitMs, whole.signal)
        continue
      }
      const next = follows(whole) ? nextHop(redirectOf(response), hop) : undefined
      if (!next) return response
      await response.body?.cancel()
      hop = next
      followed++
    }
    throw new RedirectRefused(`${url.origin} redirected more than ${MAX_REDIRECTS} times`)
  }
}

function firstOf(serverNonce: boolean | string): string | undefined {
  return typeof serverNonce === 'string' ? serverNonce : undefined
}

async function signedInit({ init: whole, covered }: PreparedInit, hop: Hop, sign: RequestSigner): Promise<RequestInit> {
  const { body, ...rest } = whole
  const headers = new Headers(whole.headers)
  if (!hop.sendsBody) for (const name of BODY_HEADERS) headers.delete(name)
  const signature = await sign({ method: hop.method, url: hop.url, body: hop.sendsBody ? covered : undefined })
  for (const [name, value] of Object.entries(signature)) headers.set(name, value)
  const redirect = follows(whole) ? 'manual' : whole.redirect
  return {
    ...rest,
    method: hop.method,
    headers,
    redirect,
    body: hop.sendsBody ? body : undefined,
  }
}

/** Reads a copy, so that the answer can still be handed on. */
function refusalOf(response: Response): Refusal {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    text: () => readText(response.clone(), MAX_REFUSAL_BYTES),
  }
}

function redirectOf({ status, headers, type }: Response): RedirectAnswer {
  return { status, location: headers.get('location'), isOpaque: type === 'opaqueredirect' }
}

function follows({ redirect = 'follow' }: RequestInit): boolean {
  return redirect === 'follow'
}

/** A stream is read once: it cannot be sent again to where a redirect leads. */
function refuseStream(init: RequestInit, { url }: Hop): void {
  if (isSpent(init)) {
    throw new RedirectRefused(`${url.origin} redirected a request whose body is a stream: call the final URL`)
  }
}

function isSpent({ body }: RequestInit): boolean {
  return body !== undefined && body !== null && isStream(body)
}
