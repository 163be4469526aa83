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

/** Who signs, and how. */
export type SignerOptions = Credentials & SigningOptions

/** How requests are signed. */
export interface SigningOptions {
  /**
   * How requests carry their signatures: RFC 9421 by default, which covers query, host and body; `access-headers` covers
   * method and path only.
   */
  readonly profile?: Profile
  /** What an RFC 9421 signature is for, its parameter `tag`: `countersign` by default, none for `null`. */
  readonly tag?: string | null
  /** Seconds after which an RFC 9421 signature ends by itself (`expires`); the server's time window ends it in any case. */
  readonly expiresAfterSeconds?: number
  /** Makes the nonce of each RFC 9421 signature, one never made before, at most 128 characters; 128 random bits by default. */
  readonly nonce?: () => string
  /** The provider's header prefix in the access-header profile; `KALSHI` by default. */
  readonly headerPrefix?: string
  /** Unix milliseconds; the machine's clock by default. Give a corrected one where that is wrong. */
  readonly now?: () => number
}

/** A request to sign: where it goes, by its URL or by the parts of it as they will be on the wire, and its body. */
export type UnsignedRequest = RequestTarget & {
  /** As on the request line; letters are made upper case. */
  readonly method: string
  /** Exactly what will be sent. The access-header profile leaves it out. */
  readonly body?: SignableBody
}

/** The headers that sign one request, names in lower case. */
export type RequestSigner = (request: UnsignedRequest) => Promise<Record<string, string>>

/** The profile where none is named. */
export const DEFAULT_PROFILE: Profile = 'http-message-signatures'

/** The `tag` of RFC 9421 signatures where none is named: what Countersign's own surfaces ask for. */
export const DEFAULT_TAG = 'countersign'

/**
 * A signer of requests. Each call makes a new timestamp and nonce, so sign again for each attempt.
 *
 * @throws PrivateKeyError where the key cannot be read, UnusableKeyError where it cannot sign by the profile
 * @throws RangeError where the header prefix is no header name
 */
export function createRequestSigner(options: SignerOptions): RequestSigner {
  const { profile = DEFAULT_PROFILE } = options
  const signers: Readonly<Record<Profile, (options: SigningOptions, identity: SigningIdentity) => RequestSigner>> = {
    'http-message-signatures': messageSigner,
    'access-headers': accessHeaderSigner,
  }
  return signers[profile](options, signingIdentity(options, profile))
}

/** A nonce on every method: a route may take each signature once whatever its method, and Ed25519 signs alike what is alike. */
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
