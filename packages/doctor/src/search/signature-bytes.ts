import { decodeBase64 } from '@countersign/protocol'
import { fromHex, toAscii } from '../bytes.ts'
import type { CauseCode } from '../causes.ts'

/** One way to read the bytes of a signature from its header, and the mistake that it means. */
export interface SignatureReading {
  readonly bytes: Uint8Array
  /** `undefined` if the header is right. */
  readonly cause?: CauseCode
}

/** Longest text that is decoded: the largest signature takes 684 characters, twice encoded 1368. */
const MAX_LENGTH = 4096

/** The ways to read a signature header, the right one first: one to three, or none if nothing fits. */
export function signatureReadings(text: string): readonly SignatureReading[] {
  if (text.length === 0 || text.length > MAX_LENGTH) return []
  const first = decode(text)
  if (!first) return []
  const inner = toAscii(first.bytes)
  const twice = inner === undefined || inner.length < 80 ? undefined : decode(inner.trim())
  const readings = [first]
  if (twice) readings.push({ bytes: twice.bytes, cause: 'signature_encoded_twice' })
  if (first.bytes.length >= 256) readings.push({ bytes: first.bytes.toReversed(), cause: 'signature_reversed' })
  return readings
}

function decode(text: string): SignatureReading | undefined {
  const hex = fromHex(text.replace(/^0x/, '').replaceAll(/[\s:]/g, ''))
  // 128 letters and more: hexadecimal letters are also base64, but no base64 signature consists only of them by chance.
  if (hex && hex.length >= 32) return { bytes: hex, cause: 'signature_hex' }
  const right = decodeBase64(text)
  if (right) return { bytes: right }
  const unquoted = text.replace(/^(?:b?(["'])(.*)\1|<(.*)>|:(.*):|[Ss]ignature[ :=]+(.*))$/s, '$2$3$4$5')
  if (unquoted !== text) return caused('signature_quoted', decodeLoosely(unquoted))
  const joined = text.replaceAll(/\s|\\n|\\r|%0[aAdD]/g, '')
  if (joined !== text) return caused('signature_line_breaks', decodeLoosely(joined))
  const bytes = decodeLoosely(text)
  return caused(/[-_]/.test(text) ? 'signature_base64url' : 'signature_unpadded', bytes)
}

function caused(cause: CauseCode, bytes: Uint8Array | undefined): SignatureReading | undefined {
  return bytes && { bytes, cause }
}

/** base64 of either alphabet, padded or not. */
function decodeLoosely(text: string): Uint8Array | undefined {
  const bare = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  return decodeBase64(bare.padEnd(Math.ceil(bare.length / 4) * 4, '='))
}
