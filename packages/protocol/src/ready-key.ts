import { backend } from '#backend'
import type { MaybePromise, SigningKey, VerifyingKey } from './backend/backend.ts'
import { encodeBase64Url } from './encoding.ts'
import { ed25519PublicKey, type PublicKey } from './key.ts'
import { type PrivateKey, rsaPublicKeyOf } from './private-key.ts'

/** Makes a public key ready to verify with, as {@link importVerifyingKey} does. */
export type ImportKey = (key: PublicKey) => MaybePromise<VerifyingKey>

/** A private key made ready to sign with, by node:crypto or WebCrypto. */
export function importSigningKey(key: PrivateKey): MaybePromise<SigningKey> {
  return backend.importPrivateKey(key)
}

/** A public key made ready to verify with, by node:crypto or WebCrypto. At once under Node. */
export function importVerifyingKey(key: PublicKey): MaybePromise<VerifyingKey> {
  return backend.importPublicKey(key)
}

/** The public half of a private key. */
export async function publicKeyOf(key: PrivateKey): Promise<PublicKey> {
  const found = key.type === 'rsa' ? rsaPublicKeyOf(key) : ed25519PublicKey(await backend.ed25519PointOf(key))
  if ('problem' in found) throw new TypeError(`the public key ${found.message}`)
  return found
}

/** The fingerprint of a public key: SHA-256 of its SubjectPublicKeyInfo, base64url. */
export async function fingerprintOf(key: PublicKey): Promise<string> {
  return encodeBase64Url(await backend.sha256(key.spki))
}

/** SHA-256 of some bytes, base64url. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  return encodeBase64Url(await backend.sha256(bytes))
}
