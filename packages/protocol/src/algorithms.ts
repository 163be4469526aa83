/** The kinds of key that can be registered (docs/wire.md section 1). */
export type KeyType = 'rsa' | 'ed25519'

/** How a request carries its signature: in three access headers, or by RFC 9421. */
export type Profile = 'access-headers' | 'http-message-signatures'

/** Names of the signature algorithms, spelled as in the RFC 9421 registry if they are in it. */
export type AlgorithmName = 'rsa-pss-sha256' | 'rsa-pss-sha512' | 'ed25519'

/** One row for each signature algorithm: everything that a backend needs to sign and verify with it. */
export interface Algorithm {
  readonly name: AlgorithmName
  readonly keyType: KeyType
  /** The digest of RSA-PSS and its MGF1; `undefined` for an algorithm with its own digest (RFC 8032). */
  readonly hash: 'SHA-256' | 'SHA-512' | undefined
  /** RSA-PSS: bytes of salt that a signer uses. */
  readonly saltBytes: number
  /**
   * RSA-PSS: whether a verifier accepts every salt length, because toolkits' defaults differ (docs/wire.md section 2).
   */
  readonly acceptsAnySalt: boolean
}

/** All algorithms. No code below this table compares their names. */
export const ALGORITHMS: Readonly<Record<AlgorithmName, Algorithm>> = {
  'rsa-pss-sha256': {
    name: 'rsa-pss-sha256',
    keyType: 'rsa',
    hash: 'SHA-256',
    saltBytes: 32,
    acceptsAnySalt: true,
  },
  'rsa-pss-sha512': {
    name: 'rsa-pss-sha512',
    keyType: 'rsa',
    hash: 'SHA-512',
    saltBytes: 64,
    acceptsAnySalt: false,
  },
  ed25519: { name: 'ed25519', keyType: 'ed25519', hash: undefined, saltBytes: 0, acceptsAnySalt: false },
}

/** The algorithm of a profile for a key type: always chosen from the registered key, never from the request. */
export const PROFILE_ALGORITHMS: Readonly<Record<Profile, Readonly<Record<KeyType, Algorithm>>>> = {
  'access-headers': { rsa: ALGORITHMS['rsa-pss-sha256'], ed25519: ALGORITHMS.ed25519 },
  'http-message-signatures': { rsa: ALGORITHMS['rsa-pss-sha512'], ed25519: ALGORITHMS.ed25519 },
}

/** The algorithm of a statement (docs/wire.md section 7) for a key type. */
export const STATEMENT_ALGORITHMS: Readonly<Record<KeyType, Algorithm>> = PROFILE_ALGORITHMS['access-headers']
