import { createClock } from './clock.ts'
import { type PreparedInit, prepareInit } from './prepared-init.ts'
import { isStream } from './read-body.ts'
import { MAX_REFUSAL_BYTES, readText } from './read-text.ts'
import { BODY_HEADERS, type Hop, MAX_REDIRECTS, nextHop, type RedirectAnswer, RedirectRefused } from './redirect.ts'
import { createRequestSigner, DEFAULT_PROFILE, type RequestSigner, type SignerOptions } from './request-signer.ts'
import { type Refusal, type ResendOptions, startResending } from './resend.ts'
import { createServerNonce } from './server-nonce.ts'
import { wait } from './wait.ts'

/** The key that signs, and the origin that it signs for. */
export type SignedFetchOptions = SignerOptions &
  ResendOptions & {
    /**
     * Resolves relative URLs as a browser does: `orders` is below it if it ends with a slash, and `/orders` is at its
     * root. If it is given, requests to any other origin are refused, because a signature would be valid there too.
     */
    readonly baseUrl?: string | URL
    /**
     * Whether nonces begin with the last value of the header `Countersign-Nonce`, which Countersign's own calls require
     * of sessions; false by default. A request that is refused without it (401 `nonce_required`) is sent again with the
     * refusal's value. A text is the first value, if the server gave it in another way. RFC 9421 only.
     */
    readonly serverNonce?: boolean | string
    /** The function that sends; the platform's `fetch` by default. */
    readonly fetch?: typeof globalThis.fetch
  }

/**
 * A `fetch` that signs every request. It signs the body too, except in the profile `access-headers`. It reads a body to
 * its end before it sends, and refuses a stream. It sends a request again, with a new signature, after a redirect
 * within the origin, after a refused time (once, with the clock of the answer), and after a 429 that names a time. A
 * redirect to another origin rejects with `RedirectRefused`. `redirect: 'manual'` and `'error'` work as usual.
 *
 * @throws PrivateKeyError if the key cannot be read, UnusableKeyError if it cannot sign by the profile
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

/** Reads a copy, so that the answer itself stays readable. */
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

/** A stream can be read only once, so it cannot be sent again to the target of a redirect. */
function refuseStream(init: RequestInit, { url }: Hop): void {
  if (isSpent(init)) {
    throw new RedirectRefused(`${url.origin} redirected a request whose body is a stream: call the final URL`)
  }
}

function isSpent({ body }: RequestInit): boolean {
  return body !== undefined && body !== null && isStream(body)
}
