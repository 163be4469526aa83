import type { Algorithm } from '../algorithms.ts'
import type { PublicKey } from '../key.ts'
import type { PrivateKey } from '../private-key.ts'

/** What is at hand at once where the platform has it (node:crypto), and later where it has not (WebCrypto). */
export type MaybePromise<T> = T | Promise<T>

/** A public key made ready to verify with. */
export interface VerifyingKey extends PublicKey {
  /** Whether `signature` is this key's over `data`. Never throws on any bytes; a wrong length is `false`. */
  verify(algorithm: Algorithm, data: Uint8Array, signature: Uint8Array): MaybePromise<boolean>
}

/** A private key made ready to sign with; a KMS or an agent may stand behind it. */
export interface SigningKey {
  readonly type: PublicKey['type']
  /** @throws TypeError where the algorithm is for another type of key */
  sign(algorithm: Algorithm, data: Uint8Array): MaybePromise<Uint8Array>
}

/** What this package does not do itself: node:crypto or WebCrypto, and encodings that a platform has faster. */
export interface Backend {
  sha256(data: Uint8Array): MaybePromise<Uint8Array>
  sha512(data: Uint8Array): MaybePromise<Uint8Array>
  importPublicKey(key: PublicKey): MaybePromise<VerifyingKey>
  importPrivateKey(key: PrivateKey): MaybePromise<SigningKey>
  /** The 32 bytes of the point that belongs to an Ed25519 private key. */
  ed25519PointOf(key: PrivateKey): MaybePromise<Uint8Array>
  /** What `decodeBase64` says; for public values, since their memory may be shared with others. */
  decodeBase64(text: string): Uint8Array | undefined
  /** What `encodeUtf8` gives; for public values too. */
  encodeUtf8(text: string): Uint8Array
}
