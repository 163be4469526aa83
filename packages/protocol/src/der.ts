import { concatBytes, equalBytes } from './encoding.ts'

/** DER tags this package reads and writes (X.690). */
export const TAG = { integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, sequence: 0x30 } as const

/** The object identifiers of the key formats this package knows, as DER content bytes. */
export const OID = {
  rsaEncryption: Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01),
  rsaPss: Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a),
  ed25519: Uint8Array.of(0x2b, 0x65, 0x70),
} as const

/** One DER element: its tag and its content. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
}

/** The elements of `bytes`, or `undefined` if it is not a whole number of DER elements. */
export function readDer(bytes: Uint8Array): DerElement[] | undefined {
  const elements: DerElement[] = []
  let offset = 0
  while (offset < bytes.length) {
    const header = readHeader(bytes, offset)
    if (!header || header.end > bytes.length) return undefined
    elements.push({ tag: header.tag, content: bytes.subarray(header.start, header.end) })
    offset = header.end
  }
  return elements
}

/** The content of `bytes` if it is exactly one DER element of this tag, otherwise `undefined`. */
export function readOne(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  const elements = readDer(bytes)
  return elements?.length === 1 && elements[0]?.tag === tag ? elements[0].content : undefined
}

/** The elements of `bytes` if it is exactly one DER sequence, otherwise `undefined`. */
export function readSequence(bytes: Uint8Array): DerElement[] | undefined {
  const content = readOne(bytes, TAG.sequence)
  return content && readDer(content)
}

/**
 * The magnitude of a non-negative INTEGER's content without its sign byte, or `undefined` if it is negative or padded.
 */
export function readUnsigned(element: DerElement | undefined): Uint8Array | undefined {
  if (element?.tag !== TAG.integer) return undefined
  const [first, second] = element.content
  if (first === undefined || first >= 0x80) return undefined
  if (first !== 0 || second === undefined) return element.content
  return second >= 0x80 ? element.content.subarray(1) : undefined
}

/** Whether an element is this object identifier. */
export function isOid(element: DerElement | undefined, oid: Uint8Array): boolean {
  return element?.tag === TAG.oid && equalBytes(element.content, oid)
}

/** One DER element with a minimal length. */
export function writeDer(tag: number, ...contents: Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents)
  return concatBytes(Uint8Array.of(tag), lengthBytes(content.length), content)
}

/** An INTEGER of a non-negative magnitude. Leading zero bytes are dropped, and a sign byte is added if needed. */
export function writeUnsigned(magnitude: Uint8Array): Uint8Array {
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++
  const minimal = magnitude.subarray(start)
  const sign = (minimal[0] ?? 0) >= 0x80 || minimal.length === 0 ? Uint8Array.of(0) : new Uint8Array(0)
  return writeDer(TAG.integer, sign, minimal)
}

function readHeader(bytes: Uint8Array, offset: number): { tag: number; start: number; end: number } | undefined {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined
  if (first < 0x80) return { tag, start: offset + 2, end: offset + 2 + first }
  const count = first & 0x7f
  if (count === 0 || count > 3) return undefined
  let length = 0
  for (let i = 0; i < count; i++) {
    const byte = bytes[offset + 2 + i]
    if (byte === undefined) return undefined
    length = length * 256 + byte
  }
  const minimal = length >= 0x80 && bytes[offset + 2] !== 0
  const start = offset + 2 + count
  return minimal ? { tag, start, end: start + length } : undefined
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 0xff)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}
