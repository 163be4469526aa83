import type { KeyObject } from 'node:crypto'
import { constants, createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from '../algorithms.ts'
import type { PublicKey } from '../key.ts'
import type { PrivateKey } from '../private-key.ts'
import type { Backend, SigningKey, VerifyingKey } from './backend.ts'

/** node:crypto: one synchronous call for each signature, many times faster than WebCrypto on the same machine. */
export const backend: Backend = {
  sha256: (data) => digest('sha256', data),
  sha512: (data) => digest('sha512', data),
  importPublicKey,
  importPrivateKey,
  ed25519PointOf,
  decodeBase64,
  encodeUtf8: (text) => Buffer.from(text),
}

/** Digests as OpenSSL spells them. Node reads `SHA-256` too; Deno does not. */
const DIGESTS = { 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const

const PSS = constants.RSA_PKCS1_PSS_PADDING
const ANY_SALT = constants.RSA_PSS_SALTLEN_AUTO

function importPublicKey(key: PublicKey): VerifyingKey {
  const handle = createPublicKey({ key: key.spki, format: 'der', type: 'spki' })
  const options = verifyOptions(handle)
  return {
    ...key,
    verify: (algorithm, data, signature) =>
      algorithm.keyType === key.type &&
      signature.length === key.signatureBytes &&
      verify(digestOf(algorithm), data, options[algorithm.name], signature),
  }
}

function importPrivateKey(key: PrivateKey): SigningKey {
  const handle = createPrivateKey({ key: key.pkcs8, format: 'der', type: 'pkcs8' })
  return {
    type: key.type,
    sign(algorithm, data) {
      if (algorithm.keyType !== key.type) throw new TypeError(`${algorithm.name} needs another key than ${key.type}`)
      return sign(digestOf(algorithm), data, { key: handle, padding: PSS, saltLength: algorithm.saltBytes })
    },
  }
}

function digestOf({ hash }: Algorithm): string | null {
  return hash ? DIGESTS[hash] : null
}

function ed25519PointOf(key: PrivateKey): Uint8Array {
  const handle = createPrivateKey({ key: key.pkcs8, format: 'der', type: 'pkcs8' })
  return createPublicKey(handle).export({ format: 'der', type: 'spki' }).subarray(-32)
}

/** Made once for each key, so that a verification allocates nothing here. */
function verifyOptions(key: KeyObject): Record<Algorithm['name'], Parameters<typeof verify>[2]> {
  const of = (algorithm: Algorithm) =>
    algorithm.keyType === 'rsa'
      ? { key, padding: PSS, saltLength: algorithm.acceptsAnySalt ? ANY_SALT : algorithm.saltBytes }
      : key
  return {
    'rsa-pss-sha256': of(ALGORITHMS['rsa-pss-sha256']),
    'rsa-pss-sha512': of(ALGORITHMS['rsa-pss-sha512']),
    ed25519: of(ALGORITHMS.ed25519),
  }
}

/**
 * Node reads any spelling and writes only the canonical one. Both calls together cost a fraction of a loop over the
 * text.
 */
function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : undefined
}

function digest(name: string, data: Uint8Array): Uint8Array {
  return createHash(name).update(data).digest()
}
