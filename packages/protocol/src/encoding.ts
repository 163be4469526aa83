const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const NO_DIGIT = 0xff

const utf8 = new TextEncoder()

/** UTF-8 bytes of a string. */
export function encodeUtf8(text: string): Uint8Array {
  return utf8.encode(text)
}

/** Standard base64 with padding (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD, true)
}

/** base64url without padding (RFC 4648 section 5, as in RFC 7515). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE, false)
}

/**
 * Bytes of a canonical standard base64 text, or `undefined`. Canonical: this alphabet only, padded, nothing after the
 * padding, unused bits zero. So each byte sequence has exactly one accepted spelling (docs/wire.md section 2).
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decode(text, text.length - padding, STANDARD_DIGITS)
}

/** Bytes of a canonical base64url text without padding, or `undefined`. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined
  return decode(text, text.length, URL_SAFE_DIGITS)
}

/** Whether two byte sequences are equal. Not constant time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The byte sequences one after the other. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

const STANDARD_DIGITS = digitsOf(STANDARD)
const URL_SAFE_DIGITS = digitsOf(URL_SAFE)

function digitsOf(alphabet: string): Uint8Array {
  const digits = new Uint8Array(128).fill(NO_DIGIT)
  for (let value = 0; value < 64; value++) digits[alphabet.charCodeAt(value)] = value
  return digits
}

function decode(text: string, length: number, digits: Uint8Array): Uint8Array | undefined {
  const bytes = new Uint8Array((length * 3) >> 2)
  let bits = 0
  let bitCount = 0
  let offset = 0
  for (let i = 0; i < length; i++) {
    const digit = digits[text.charCodeAt(i)] ?? NO_DIGIT
    if (digit === NO_DIGIT) return undefined
    bits = ((bits << 6) | digit) & 0xffff
    bitCount += 6
    if (bitCount >= 8) {
      bitCount -= 8
      bytes[offset++] = (bits >> bitCount) & 0xff
    }
  }
  const unusedBits = bits & ((1 << bitCount) - 1)
  return unusedBits === 0 ? bytes : undefined
}

function encode(bytes: Uint8Array, alphabet: string, padded: boolean): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] ?? 0, bytes[i + 1], bytes[i + 2]]
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    text += alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63)
    if (b !== undefined) text += alphabet.charAt((bits >> 6) & 63)
    if (c !== undefined) text += alphabet.charAt(bits & 63)
  }
  return padded ? text.padEnd(Math.ceil(bytes.length / 3) * 4, '=') : text
}
