import { toText } from '../bytes.ts'
import type { PemProblemCode } from './pem-problems.ts'

/** The text of a key file, or its bytes if it holds DER. */
export interface KeyText {
  readonly text: string
  readonly der?: Uint8Array
  readonly problems: readonly PemProblemCode[]
}

/**
 * The text of a key as it was pasted or saved. UTF-16, a byte order mark and line ends of old Macs are undone and
 * named.
 */
export function decodeKeyText(input: string | Uint8Array): KeyText {
  if (typeof input !== 'string' && isDer(input)) return { text: '', der: input, problems: ['binary'] }
  const problems: PemProblemCode[] = []
  const isWide = typeof input === 'string' ? input.includes('\u0000') : isUtf16(input)
  if (isWide) problems.push('utf16')
  const decoded = typeof input === 'string' ? input.replaceAll('\u0000', '') : decode(input, isWide)
  // A UTF-16 file that was read as UTF-8 begins with two replacement characters instead of its mark.
  const bare = decoded.replace(/^(?:\ufeff|\ufffd\ufffd)/, '')
  if (bare !== decoded && !isWide) problems.push('byte_order_mark')
  const text = bare.replaceAll(/\r(?!\n)/g, '\n')
  if (text !== bare) problems.push('carriage_returns')
  return { text, problems }
}

/** A DER sequence whose length is exactly as stated. */
function isDer(bytes: Uint8Array): boolean {
  const [tag, first = 0, ...lengths] = bytes.subarray(0, 4)
  if (tag !== 0x30) return false
  if (first < 0x80) return bytes.length === 2 + first
  const count = first & 0x7f
  if (count !== 1 && count !== 2) return false
  const length = lengths.slice(0, count).reduce((sum, byte) => sum * 256 + byte, 0)
  return bytes.length === 2 + count + length
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0)
}

function decode(bytes: Uint8Array, isWide: boolean): string {
  if (!isWide) return toText(bytes) ?? new TextDecoder('latin1').decode(bytes)
  const isBigEndian = bytes[0] === 0xfe || bytes[0] === 0
  return new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le', { ignoreBOM: true }).decode(bytes)
}
