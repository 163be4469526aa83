import {
  type Algorithm,
  type AlgorithmName,
  importSigningKey,
  type KeyType,
  type MaybePromise,
  PROFILE_ALGORITHMS,
  type PrivateJwk,
  type PrivateKey,
  type Profile,
  parsePrivateKey,
  type SigningKey,
} from '@countersign/protocol'

/**
 * A private key in one of its forms: PEM text (PKCS#8 or PKCS#1; escaped line ends, as in environment variables, are
 * mended), a JWK as an object or as text, a WebCrypto key (even a non-exportable one), a key of node:crypto, or an
 * object that signs elsewhere. Its value appears in no error.
 */
export type PrivateKeyInput = string | PrivateJwk | CryptoKey | NodePrivateKey | SigningKey

/** The parts of node:crypto's `KeyObject` in use, so that a browser needs none of its types. */
export interface NodePrivateKey {
  readonly type: string
  export(options: { readonly type: 'pkcs8'; readonly format: 'pem' }): string | Uint8Array
  equals(other: never): boolean
}

/** Signs with a key that this program never sees: a key in a KMS, an HSM or an agent. */
export interface Signer {
  /** The key's id, as the platform gave it. */
  readonly keyId: string
  /**
   * How it signs: `ed25519`; with an RSA key `rsa-pss-sha512` (salt 64) in the profile `http-message-signatures`, and
   * `rsa-pss-sha256` (salt 32) in `access-headers`.
   */
  readonly algorithm: AlgorithmName
  /** The raw signature over these bytes: 64 bytes for Ed25519, as long as the modulus for RSA. */
  readonly sign: (data: Uint8Array) => MaybePromise<Uint8Array>
}

/** The signer: a key's id with the key, or with an object that signs for it. */
export type Credentials =
  | { readonly keyId: string; readonly privateKey: PrivateKeyInput; readonly signer?: never }
  | { readonly signer: Signer; readonly keyId?: never; readonly privateKey?: never }

/**
 * A private key that cannot sign what is needed. Its message holds no key material. If the platform's cryptography
 * refused the key or the call, `cause` is the platform's own error and the message quotes it.
 */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError'
}

/** A key's id and its key, which is made ready at the first use. */
export interface SigningIdentity {
  readonly keyId: string
  readonly key: () => MaybePromise<SigningKey>
}

/**
 * Reads the key at once, so that a mistake shows early, and makes it ready at its first use.
 *
 * @throws PrivateKeyError if the key cannot be read, UnusableKeyError if it cannot sign by the profile
 */
export function signingIdentity(credentials: Credentials, profile: Profile): SigningIdentity {
  if (credentials.signer) return ofSigner(credentials.signer, PROFILE_ALGORITHMS[profile])
  const { keyId, privateKey } = credentials
  if (isCryptoKey(privateKey)) {
    const key = ofCryptoKey(privateKey, PROFILE_ALGORITHMS[profile])
    return { keyId, key: () => key }
  }
  if (isSigningKey(privateKey)) return { keyId, key: () => privateKey }
  const parsed = parsePrivateKey(isNodeKey(privateKey) ? pemOf(privateKey) : privateKey)
  let ready: Promise<SigningKey> | undefined
  return {
    keyId,
    key: () => {
      ready ??= importKey(parsed)
      return ready
    },
  }
}

type Algorithms = Readonly<Record<KeyType, Algorithm>>

function ofSigner({ keyId, algorithm, sign }: Signer, algorithms: Algorithms): SigningIdentity {
  const used = Object.values(algorithms).find(({ name }) => name === algorithm)
  if (!used) {
    const names = Object.values(algorithms).map(({ name }) => name)
    throw new UnusableKeyError(`the signer makes ${algorithm}, and this profile takes ${names.join(' or ')}`)
  }
  const key: SigningKey = { type: used.keyType, sign: (_, data) => sign(data) }
  return { keyId, key: () => key }
}

/** A WebCrypto key. If it is not extractable, nothing can read it. */
function ofCryptoKey(key: CryptoKey, algorithms: Algorithms): SigningKey {
  if (key.type !== 'private' || !key.usages.includes('sign')) {
    throw new UnusableKeyError('the CryptoKey must be a private key with the usage "sign"')
  }
  const type = TYPES[key.algorithm.name]
  if (!type) throw new UnusableKeyError(`the CryptoKey must be for Ed25519 or RSA-PSS, not ${key.algorithm.name}`)
  const { hash, saltBytes } = algorithms[type]
  const bound = (key.algorithm as Partial<RsaHashedKeyAlgorithm>).hash?.name
  if (hash !== bound) {
    throw new UnusableKeyError(`the RSA CryptoKey is bound to ${bound}, and this profile signs with ${hash}`)
  }
  const parameters = hash ? { name: key.algorithm.name, saltLength: saltBytes } : { name: key.algorithm.name }
  return {
    type,
    sign: async (_, data) => new Uint8Array(await crypto.subtle.sign(parameters, key, Uint8Array.from(data))),
  }
}

const TYPES: Readonly<Record<string, KeyType>> = { Ed25519: 'ed25519', 'RSA-PSS': 'rsa' }

async function importKey(parsed: PrivateKey): Promise<SigningKey> {
  const key = await withUnusableKeyError(() => importSigningKey(parsed))
  return { type: key.type, sign: (algorithm, data) => withUnusableKeyError(() => key.sign(algorithm, data)) }
}

/** The platform gets the key as DER. Its errors say what failed and quote no bytes of the key. */
async function withUnusableKeyError<Value>(attempt: () => MaybePromise<Value>): Promise<Value> {
  try {
    return await attempt()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UnusableKeyError(`the platform cannot sign with the private key: ${reason}`, { cause })
  }
}

function pemOf(key: NodePrivateKey): string {
  if (key.type !== 'private') throw new UnusableKeyError(`the KeyObject must be a private key, not a ${key.type} one`)
  return String(key.export({ type: 'pkcs8', format: 'pem' }))
}

function isSigningKey(key: Exclude<PrivateKeyInput, CryptoKey>): key is SigningKey {
  return typeof key === 'object' && 'sign' in key && typeof key.sign === 'function'
}

function isCryptoKey(key: PrivateKeyInput): key is CryptoKey {
  return Object.prototype.toString.call(key) === '[object CryptoKey]'
}

function isNodeKey(key: string | PrivateJwk | NodePrivateKey): key is NodePrivateKey {
  return typeof key === 'object' && 'export' in key && typeof key.export === 'function'
}
