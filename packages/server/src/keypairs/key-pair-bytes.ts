import { generateKeyPairSync } from 'node:crypto'
import type { KeyType } from '@countersign/protocol'

/** A new key pair as bytes, which can be moved to another thread and wiped. */
export interface KeyPairBytes {
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array<ArrayBuffer>
  /** PKCS#1 for RSA, PKCS#8 for Ed25519. */
  readonly privateKey: Uint8Array<ArrayBuffer>
}

/**
 * Makes a key pair in the calling thread: RSA with 2048 bits and the exponent 65537 (60 ms and more), or Ed25519
 * (0.2 ms).
 */
export function makeKeyPairBytes(type: KeyType): KeyPairBytes {
  const { publicKey, privateKey } = MAKE[type]()
  return { spki: ofOwnBuffer(publicKey), privateKey: ofOwnBuffer(privateKey) }
}

const MAKE: Readonly<Record<KeyType, () => { publicKey: Buffer; privateKey: Buffer }>> = {
  rsa: () =>
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicExponent: 65_537,
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs1', format: 'der' },
    }),
  ed25519: () =>
    generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    }),
}

/** A buffer that shares its memory with others cannot be moved to another thread. */
function ofOwnBuffer(bytes: Buffer): Uint8Array<ArrayBuffer> {
  if (bytes.byteLength === bytes.buffer.byteLength) return new Uint8Array(bytes.buffer as ArrayBuffer)
  const copy = new Uint8Array(bytes)
  bytes.fill(0)
  return copy
}
