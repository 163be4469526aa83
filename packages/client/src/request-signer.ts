import {
  accessHeaderNames,
  makeNonce,
  type Profile,
  type RequestTarget,
  signRequest,
  signRequestMessage,
  urlParts,
} from '@countersign/protocol'
import { readBody, type SignableBody } from './read-body.ts'
import { type Credentials, type SigningIdentity, signingIdentity } from './signing-key.ts'

/** The key that signs, and how it signs. */
export type SignerOptions = Credentials & SigningOptions

/** How requests are signed. */
export interface SigningOptions {
  /**
   * How requests carry their signatures. RFC 9421, the default, covers query, host and body. `access-headers` covers
   * method and path only.
   */
  readonly profile?: Profile
  /** The parameter `tag` of an RFC 9421 signature, its purpose: `countersign` by default, none for `null`. */
  readonly tag?: string | null
  /** Seconds after which an RFC 9421 signature expires (`expires`). The server's time window ends it in any case. */
  readonly expiresAfterSeconds?: number
  /** Makes the nonce of each RFC 9421 signature: unique, at most 128 characters. 128 random bits by default. */
  readonly nonce?: () => string
  /** The provider's header prefix in the access-header profile; `KALSHI` by default. */
  readonly headerPrefix?: string
  /** Unix milliseconds; the machine's clock by default. Give a corrected clock if that is wrong. */
  readonly now?: () => number
}

/** A request to sign: its URL, or its parts exactly as they will be sent, and its body. */
export type UnsignedRequest = RequestTarget & {
  /** As on the request line. Letters are changed to upper case. */
  readonly method: string
  /** The body exactly as it will be sent. The access-header profile ignores it. */
  readonly body?: SignableBody
}

/** The headers that sign one request, names in lower case. */
export type RequestSigner = (request: UnsignedRequest) => Promise<Record<string, string>>

/** The default profile. */
export const DEFAULT_PROFILE: Profile = 'http-message-signatures'

/** The default `tag` of RFC 9421 signatures: the one of Countersign's own calls. */
export const DEFAULT_TAG = 'countersign'

/**
 * A signer of requests. Each call makes a new timestamp and nonce, so sign again for each attempt.
 *
 * @throws PrivateKeyError if the key cannot be read, UnusableKeyError if it cannot sign by the profile
 * @throws RangeError if the header prefix is not a header name
 */
export function createRequestSigner(options: SignerOptions): RequestSigner {
  const { profile = DEFAULT_PROFILE } = options
  const signers: Readonly<Record<Profile, (options: SigningOptions, identity: SigningIdentity) => RequestSigner>> = {
    'http-message-signatures': messageSigner,
    'access-headers': accessHeaderSigner,
  }
  return signers[profile](options, signingIdentity(options, profile))
}

/**
 * A nonce on every method. A route may accept each signature once, whatever its method, and Ed25519 gives equal
 * requests equal signatures.
 */
function messageSigner(options: SigningOptions, { keyId, key }: SigningIdentity): RequestSigner {
  const { tag = DEFAULT_TAG, expiresAfterSeconds, nonce = makeNonce, now = Date.now } = options
  return async ({ method, body, ...target }) => {
    const createdSeconds = Math.floor(now() / 1000)
    return signRequestMessage({
      ...target,
      keyId,
      key: await key(),
      method: method.toUpperCase(),
      createdSeconds,
      nonce: nonce(),
      body: body === undefined ? undefined : (await readBody(body)).bytes,
      expiresSeconds: expiresAfterSeconds === undefined ? undefined : createdSeconds + expiresAfterSeconds,
      tag: tag ?? undefined,
    })
  }
}

function accessHeaderSigner(
  { headerPrefix, now = Date.now }: SigningOptions,
  { keyId, key }: SigningIdentity,
): RequestSigner {
  const headerNames = accessHeaderNames(headerPrefix)
  return async (request) =>
    signRequest({
      keyId,
      key: await key(),
      method: request.method.toUpperCase(),
      target: 'url' in request ? urlParts(request.url).target : request.target,
      timestampMs: now(),
      headerNames,
    })
}
