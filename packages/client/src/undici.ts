import type { Dispatcher } from 'undici'
import { createClock } from './clock.ts'
import { SignedDispatch } from './dispatch/signed-dispatch.ts'
import { createRequestSigner, DEFAULT_PROFILE, type SignerOptions } from './request-signer.ts'
import { type ResendOptions, startResending } from './resend.ts'

/** The key that signs, and the origin that it signs for. */
export type DispatchSigningOptions = SignerOptions &
  ResendOptions & {
    /** The origin whose requests are signed. A dispatcher may serve many origins: requests to others pass unchanged. */
    readonly baseUrl: string | URL
    /**
     * The most bytes of a body, which is held so that it can be signed and sent again; 16 MiB by default. A larger body
     * is refused.
     */
    readonly maxBodyBytes?: number
  }

const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024

/**
 * An interceptor that signs what an undici dispatcher sends to one origin: `new
 * Agent().compose(signDispatches(options))`. It reads a body to its end before it sends. Repeated sending works as with
 * `createSignedFetch`, but it follows no redirects. A redirect interceptor that is composed after this one gets each
 * hop signed anew; a hop to another origin has no signature. A redirect interceptor that is composed before this one
 * follows no redirect. Node only: `@countersign/client/undici`.
 *
 * @throws PrivateKeyError if the key cannot be read, UnusableKeyError if it cannot sign by the profile
 */
export function signDispatches(options: DispatchSigningOptions): Dispatcher.DispatcherComposeInterceptor {
  const { profile = DEFAULT_PROFILE, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, now = Date.now } = options
  const clock = createClock(now)
  const sign = createRequestSigner({ ...options, now: clock.now })
  const { origin } = new URL(options.baseUrl)
  const coversBody = profile === 'http-message-signatures'

  return (dispatch) => (request, handler) => {
    const isOurs = originOf(request) === origin && request.method !== 'CONNECT' && request.path.startsWith('/')
    if (!isOurs) return dispatch(request, handler)
    const resend = startResending(clock, options)
    void new SignedDispatch({ dispatch, request, handler, sign, resend, coversBody, maxBodyBytes }).send()
    return true
  }
}

function originOf({ origin }: Dispatcher.DispatchOptions): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).origin : undefined
}
