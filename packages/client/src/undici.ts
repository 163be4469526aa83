import type { Dispatcher } from 'undici'
import { createClock } from './clock.ts'
import { SignedDispatch } from './dispatch/signed-dispatch.ts'
import { createRequestSigner, DEFAULT_PROFILE, type SignerOptions } from './request-signer.ts'
import { type ResendOptions, startResending } from './resend.ts'

/** Who signs, and for whom. */
export type DispatchSigningOptions = SignerOptions &
  ResendOptions & {
    /** Whose requests are signed. A dispatcher may serve many origins: those to any other pass as they are. */
    readonly baseUrl: string | URL
    /** Bytes of a body that are held so that it can be signed and sent again; 16 MiB by default. A larger one is refused. */
    readonly maxBodyBytes?: number
  }

const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024

/**
 * An interceptor that signs what an undici dispatcher sends to one origin: `new Agent().compose(signDispatches(options))`.
 * A body is read to its end before it is sent. Sending again is as with `createSignedFetch`. Redirects are not followed here: a redirect interceptor that is composed after this one has each
 * hop signed afresh, and one to another origin goes there without a signature; one that is composed before follows none.
 * Node only: `@countersign/client/undici`.
 *
 * @throws PrivateKeyError where the key cannot be read, UnusableKeyError where it cannot sign by the profile
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
