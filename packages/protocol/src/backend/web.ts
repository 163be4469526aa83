import type { Algorithm } from '../algorithms.ts'
import { decodeBase64, decodeBase64Url, encodeUtf8 } from '../encoding.ts'
import type { PublicKey } from '../key.ts'
import type { PrivateKey } from '../private-key.ts'
import { pssSaltBytes } from '../pss-salt.ts'
import type { Backend, SigningKey, VerifyingKey } from './backend.ts'

/** WebCrypto: for browsers, and every platform without node:crypto. */
export const backend: Backend = {
  sha256: (data) => digest('SHA-256', data),
  sha512: (data) => digest('SHA-512', data),
  importPublicKey,
  importPrivateKey,
  ed25519PointOf,
  decodeBase64,
  encodeUtf8,
}

function importPublicKey(key: PublicKey): VerifyingKey {
  const handleOf = handles((algorithm) =>
    crypto.subtle.importKey('spki', owned(key.spki), importParameters(algorithm), false, ['verify']),
  )
  return {
    ...key,
    async verify(algorithm, data, signature) {
      if (algorithm.keyType !== key.type || signature.length !== key.signatureBytes) return false
      const saltBytes = algorithm.acceptsAnySalt
        ? await pssSaltBytes(key, signature, backend.sha256)
        : algorithm.saltBytes
      if (saltBytes === undefined) return false
      const handle = await handleOf(algorithm)
      return crypto.subtle.verify(signParameters(algorithm, saltBytes), handle, owned(signature), owned(data))
    },
  }
}

function importPrivateKey(key: PrivateKey): SigningKey {
  const handleOf = handles((algorithm) =>
    crypto.subtle.importKey('pkcs8', owned(key.pkcs8), importParameters(algorithm), false, ['sign']),
  )
  return {
    type: key.type,
    async sign(algorithm, data) {
      if (algorithm.keyType !== key.type) throw new TypeError(`${algorithm.name} needs another key than ${key.type}`)
      const handle = await handleOf(algorithm)
      return new Uint8Array(
        await crypto.subtle.sign(signParameters(algorithm, algorithm.saltBytes), handle, owned(data)),
      )
    },
  }
}

async function ed25519PointOf(key: PrivateKey): Promise<Uint8Array> {
  const handle = await crypto.subtle.importKey('pkcs8', owned(key.pkcs8), 'Ed25519', true, ['sign'])
  const { x } = await crypto.subtle.exportKey('jwk', handle)
  const point = decodeBase64Url(x ?? '')
  if (point?.length !== 32) throw new TypeError('the platform exported no Ed25519 public key')
  return point
}

/** WebCrypto binds an RSA key to one digest, so each algorithm has a handle, made at first use. */
function handles(make: (algorithm: Algorithm) => Promise<CryptoKey>): (algorithm: Algorithm) => Promise<CryptoKey> {
  const made = new Map<string, Promise<CryptoKey>>()
  return (algorithm) => {
    const known = made.get(algorithm.name)
    if (known) return known
    const handle = make(algorithm)
    made.set(algorithm.name, handle)
    return handle
  }
}

function importParameters({ hash }: Algorithm): RsaHashedImportParams | { name: string } {
  return hash ? { name: 'RSA-PSS', hash } : { name: 'Ed25519' }
}

function signParameters({ hash }: Algorithm, saltLength: number): RsaPssParams | { name: string } {
  return hash ? { name: 'RSA-PSS', saltLength } : { name: 'Ed25519' }
}

async function digest(name: string, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, owned(data)))
}

/** WebCrypto's types accept no views over shared memory. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
