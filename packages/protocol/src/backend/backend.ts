import type { Algorithm } from '../algorithms.ts'
import type { PublicKey } from '../key.ts'
import type { PrivateKey } from '../private-key.ts'

/** A value that is ready at once on some platforms (node:crypto), and later on others (WebCrypto). */
export type MaybePromise<T> = T | Promise<T>

/** A public key made ready to verify with. */
export interface VerifyingKey extends PublicKey {
  /** Whether `signature` is this key's over `data`. Never throws on any bytes; a wrong length is `false`. */
  verify(algorithm: Algorithm, data: Uint8Array, signature: Uint8Array): MaybePromise<boolean>
}

/** A private key made ready to sign with. A KMS or an agent may implement it. */
export interface SigningKey {
  readonly type: PublicKey['type']
  /** @throws TypeError if the algorithm is for another type of key */
  sign(algorithm: Algorithm, data: Uint8Array): MaybePromise<Uint8Array>
}

/** What the platform does for this package: node:crypto or WebCrypto, and faster encodings. */
export interface Backend {
  sha256(data: Uint8Array): MaybePromise<Uint8Array>
  sha512(data: Uint8Array): MaybePromise<Uint8Array>
  importPublicKey(key: PublicKey): MaybePromise<VerifyingKey>
  importPrivateKey(key: PrivateKey): MaybePromise<SigningKey>
  /** The 32 bytes of the point that belongs to an Ed25519 private key. */
  ed25519PointOf(key: PrivateKey): MaybePromise<Uint8Array>
  /** The same as `decodeBase64`. For public values only: other buffers may share its memory. */
  decodeBase64(text: string): Uint8Array | undefined
  /** The same as `encodeUtf8`. For public values only. */
  encodeUtf8(text: string): Uint8Array
}
