const NO_DIGIT = 0xff
const SLAB_BYTES = 16384
const PADDING = 0x3d
const DIGITS = digitsOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')

/**
 * Bytes of the canonical base64 between two places of a text, or `undefined`: what `decodeBase64` says of that part, four
 * characters at a time and without cutting it out. A signature is most of what a request's headers have to be read for.
 */
export function decodeBase64Range(text: string, start: number, end: number): Uint8Array | undefined {
  if ((end - start) % 4 !== 0) return undefined
  const padding = paddingOf(text, start, end)
  const bytes = allocate(((end - start) / 4) * 3 - padding)
  const whole = padding === 0 ? end : end - 4
  let offset = 0
  let seen = 0
  for (let i = start; i < whole; i += 4) {
    const a = digitAt(text, i)
    const b = digitAt(text, i + 1)
    const c = digitAt(text, i + 2)
    const d = digitAt(text, i + 3)
    seen |= a | b | c | d
    bytes[offset++] = (a << 2) | (b >> 4)
    bytes[offset++] = (b << 4) | (c >> 2)
    bytes[offset++] = (c << 6) | d
  }
  if (seen > 63 || (padding > 0 && !decodeLast(text, end - 4, padding, bytes, offset))) return undefined
  return bytes
}

/** The last four characters where one or two of them are padding; bits that they leave unused must be zero. */
function decodeLast(text: string, at: number, padding: number, bytes: Uint8Array, offset: number): boolean {
  const a = digitAt(text, at)
  const b = digitAt(text, at + 1)
  const c = padding === 1 ? digitAt(text, at + 2) : 0
  const unused = padding === 1 ? c & 3 : b & 15
  if ((a | b | c) > 63 || unused !== 0) return false
  bytes[offset] = (a << 2) | (b >> 4)
  if (padding === 1) bytes[offset + 1] = (b << 4) | (c >> 2)
  return true
}

function paddingOf(text: string, start: number, end: number): number {
  if (end === start || text.charCodeAt(end - 1) !== PADDING) return 0
  return text.charCodeAt(end - 2) === PADDING ? 2 : 1
}

function digitAt(text: string, at: number): number {
  return DIGITS[text.charCodeAt(at)] ?? NO_DIGIT
}

let slab = new ArrayBuffer(0)
let used = 0

/** Bytes cut from a larger buffer, never used again: one of its own costs more than decoding a signature into it. */
function allocate(length: number): Uint8Array {
  if (length > SLAB_BYTES) return new Uint8Array(length)
  if (used + length > slab.byteLength) {
    slab = new ArrayBuffer(SLAB_BYTES)
    used = 0
  }
  used += length
  return new Uint8Array(slab, used - length, length)
}

function digitsOf(alphabet: string): Uint8Array {
  const digits = new Uint8Array(128).fill(NO_DIGIT)
  for (let value = 0; value < alphabet.length; value++) digits[alphabet.charCodeAt(value)] = value
  return digits
}
