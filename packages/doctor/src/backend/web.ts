import { type PublicKey, rsaModulusOf } from '@countersign/protocol'
import type { Backend } from './backend.ts'

/** Browsers: WebCrypto's digests, and our own arithmetic where WebCrypto has no call. */
export const backend: Backend = {
  async digest(name, data) {
    return new Uint8Array(await crypto.subtle.digest(name, data as Uint8Array<ArrayBuffer>))
  },
  openRsa,
}

function openRsa(key: PublicKey, signature: Uint8Array): Uint8Array | undefined {
  const modulus = toBigInt(rsaModulusOf(key))
  const base = toBigInt(signature)
  if (base >= modulus) return undefined
  // The exponent of every accepted key is 65537 = 2^16 + 1.
  let power = base
  for (let squaring = 0; squaring < 16; squaring++) power = (power * power) % modulus
  const hex = ((power * base) % modulus).toString(16).padStart(key.signatureBytes * 2, '0')
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function toBigInt(bytes: Uint8Array): bigint {
  let hex = '0x0'
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return BigInt(hex)
}
