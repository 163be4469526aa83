import {
  accessHeaderNames,
  importSigningKey,
  type MaybePromise,
  type PrivateJwk,
  type PrivateKey,
  parsePrivateKey,
  type SigningKey,
  signRequest,
} from '@countersign/protocol'

/** How a client's requests carry their signatures. */
export type ClientProfile = 'access-headers'

/** Who signs, and how. */
export interface SignerOptions {
  /** The key's id, as the platform gave it. */
  readonly keyId: string
  /** PEM text (PKCS#8 or PKCS#1), a JWK, or a key that signs elsewhere. It appears in no error. */
  readonly privateKey: string | PrivateJwk | SigningKey
  readonly profile?: ClientProfile
  /** The provider's header prefix in the access-header profile; `KALSHI` by default. */
  readonly headerPrefix?: string
  /** Unix milliseconds; the machine's clock by default. */
  readonly now?: () => number
}

/** What a signature covers of a request. */
export interface RequestLine {
  /** As on the request line; letters are made upper case. */
  readonly method: string
  /** The request target exactly as it will be sent. */
  readonly target: string
}

/** The headers that sign one request, names in lower case. */
export type RequestSigner = (request: RequestLine) => Promise<Record<string, string>>

/**
 * A signer of requests. Each call makes a new timestamp, so sign again for each attempt.
 *
 * @throws PrivateKeyError where the key cannot be read
 * @throws RangeError where the header prefix is no header name
 */
export function createRequestSigner(options: SignerOptions): RequestSigner {
  const { keyId, headerPrefix, profile = 'access-headers', now = Date.now } = options
  const signingKey = prepareKey(options.privateKey)
  const headerNames = accessHeaderNames(headerPrefix)
  const signers: Readonly<Record<ClientProfile, RequestSigner>> = {
    'access-headers': async ({ method, target }) =>
      signRequest({
        keyId,
        key: await signingKey(),
        method: method.toUpperCase(),
        target,
        timestampMs: now(),
        headerNames,
      }),
  }
  return signers[profile]
}

/** Reads the key at once, so that a mistake shows early, and makes it ready at its first use. */
function prepareKey(privateKey: SignerOptions['privateKey']): () => MaybePromise<SigningKey> {
  if (isSigningKey(privateKey)) return () => privateKey
  const parsed = parsePrivateKey(privateKey)
  let ready: Promise<SigningKey> | undefined
  return () => {
    ready ??= importKey(parsed)
    return ready
  }
}

/** A parsed key that the platform will not sign with. */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError'

  constructor() {
    super('the private key cannot sign: its numbers do not belong together')
  }
}

/** What the platform says of a key that it refuses, now or when it signs, is dropped: it may quote the key. */
async function importKey(parsed: PrivateKey): Promise<SigningKey> {
  const key = await orUnusable(() => importSigningKey(parsed))
  return { type: key.type, sign: (algorithm, data) => orUnusable(() => key.sign(algorithm, data)) }
}

async function orUnusable<Value>(attempt: () => MaybePromise<Value>): Promise<Value> {
  try {
    return await attempt()
  } catch {
    throw new UnusableKeyError()
  }
}

function isSigningKey(key: Exclude<SignerOptions['privateKey'], string> | string): key is SigningKey {
  return typeof key === 'object' && 'sign' in key && typeof key.sign === 'function'
}
