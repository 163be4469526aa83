import type { MaybePromise } from './backend/backend.ts'
import { concatBytes } from './encoding.ts'
import { type PublicKey, rsaModulusOf } from './key.ts'

const HASH_BYTES = 32

/**
 * Bytes of salt in an RSA-PSS SHA-256 signature (RFC 8017 section 9.1.2, steps 4 to 10), or `undefined` if the
 * signature has no PSS form. This is a length, not a verdict: WebCrypto needs the length and then verifies.
 */
export async function pssSaltBytes(
  key: PublicKey,
  signature: Uint8Array,
  sha256: (data: Uint8Array) => MaybePromise<Uint8Array>,
): Promise<number | undefined> {
  const encodedBits = key.bits - 1
  const encoded = openSignature(rsaModulusOf(key), signature, Math.ceil(encodedBits / 8))
  if (encoded?.at(-1) !== 0xbc) return undefined
  const blockBytes = encoded.length - HASH_BYTES - 1
  const hash = encoded.subarray(blockBytes, -1)
  const mask = await mgf1(hash, blockBytes, sha256)
  const block = mask.map((byte, i) => byte ^ (encoded[i] ?? 0))
  const spareBits = 8 * encoded.length - encodedBits
  block[0] = (block[0] ?? 0) & (0xff >> spareBits)
  const marker = block.findIndex((byte) => byte !== 0)
  return block[marker] === 1 ? blockBytes - marker - 1 : undefined
}

/** signature^65537 mod modulus as `length` bytes, or `undefined` if it does not fit. */
function openSignature(modulus: Uint8Array, signature: Uint8Array, length: number): Uint8Array | undefined {
  const n = readBigEndian(modulus)
  const s = readBigEndian(signature)
  if (s >= n) return undefined
  let power = s
  for (let squaring = 0; squaring < 16; squaring++) power = (power * power) % n
  const hex = ((power * s) % n).toString(16).padStart(length * 2, '0')
  if (hex.length > length * 2) return undefined
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

async function mgf1(
  seed: Uint8Array,
  length: number,
  sha256: (data: Uint8Array) => MaybePromise<Uint8Array>,
): Promise<Uint8Array> {
  const blocks: Uint8Array[] = []
  for (let counter = 0; counter * HASH_BYTES < length; counter++) {
    blocks.push(await sha256(concatBytes(seed, Uint8Array.of(0, 0, counter >> 8, counter & 0xff))))
  }
  return concatBytes(...blocks).slice(0, length)
}

function readBigEndian(bytes: Uint8Array): bigint {
  let hex = '0x0'
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return BigInt(hex)
}
