import { readSequence, readUnsigned, TAG, writeDer, writeUnsigned } from './der.ts'
import type { RsaNumbers } from './rsa-numbers.ts'

/**
 * The numbers of RSAPrivateKey bytes of two primes (RFC 8017 appendix A.1.2), right or wrong; otherwise `undefined`.
 */
export function readPkcs1(der: Uint8Array): RsaNumbers | undefined {
  const [version, ...integers] = readSequence(der) ?? []
  if (integers.length !== 8 || !readUnsigned(version)?.every((byte) => byte === 0)) return undefined
  const magnitudes = integers.map((integer) => (integer.tag === TAG.integer ? toBigInt(integer.content) : -1n))
  if (magnitudes.some((magnitude) => magnitude < 0n)) return undefined
  const [n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dp = 0n, dq = 0n, qi = 0n] = magnitudes
  return { n, e, d, p, q, dp, dq, qi }
}

/** RSAPrivateKey bytes (DER) of these numbers. */
export function writePkcs1({ n, e, d, p, q, dp, dq, qi }: RsaNumbers): Uint8Array {
  const integers = [0n, n, e, d, p, q, dp, dq, qi].map((number) => writeUnsigned(toBytes(number)))
  return writeDer(TAG.sequence, ...integers)
}

/** A magnitude of big-endian bytes. A sign bit is read as part of it, because damage may have set it. */
function toBigInt(bytes: Uint8Array): bigint {
  let hex = '0x0'
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return BigInt(hex)
}

function toBytes(number: bigint): Uint8Array {
  const digits = number.toString(16)
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}
