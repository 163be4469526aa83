import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  concatBytes,
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  encodeUtf8,
  equalBytes,
} from './encoding.ts'

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const bytes = fc.uint8Array({ maxLength: 300 })
const anyText = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom(...`${STANDARD}-_= \n\r\0é`), maxLength: 40 }),
)

describe('base64', () => {
  it('encodes as the platform does', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(encodeBase64(value)).toBe(Buffer.from(value).toString('base64'))
        expect(encodeBase64Url(value)).toBe(Buffer.from(value).toString('base64url'))
      }),
    )
  })

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(decodeBase64(encodeBase64(value))).toEqual(value)
        expect(decodeBase64Url(encodeBase64Url(value))).toEqual(value)
      }),
    )
  })

  it('accepts any text only where it is the one spelling of its bytes, and never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const standard = decodeBase64(text)
        if (standard) expect(encodeBase64(standard)).toBe(text)
        const urlSafe = decodeBase64Url(text)
        if (urlSafe) expect(encodeBase64Url(urlSafe)).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses every other spelling that a lenient decoder takes for the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(), (value, seed) => {
        const text = encodeBase64(value)
        const cut = seed % (text.length + 1)
        const spellings = [
          text.replace(/=+$/, ''),
          `${text}=`,
          `${text}==`,
          `${text}====`,
          `${text} `,
          `${text}\n`,
          ` ${text}`,
          `${text.slice(0, cut)}\n${text.slice(cut)}`,
          `${text.slice(0, cut)}=${text.slice(cut)}`,
          encodeBase64Url(value),
          ...unusedBitsSet(text),
        ]
        for (const other of spellings.filter((spelling) => spelling !== text)) {
          expect(decodeBase64(other), JSON.stringify(other)).toBeUndefined()
        }
      }),
    )
  })

  it('refuses, in base64url, padding, the other alphabet and unused bits', () => {
    for (const text of ['AA==', 'AAA=', '+A', '/A', 'A', 'AAAAA', 'AB', 'AAB', 'AA\n', 'ÁA']) {
      expect(decodeBase64Url(text), text).toBeUndefined()
    }
    expect(decodeBase64Url('_-A')).toEqual(Uint8Array.of(0xff, 0xe0))
  })

  it('takes no character outside ASCII for the digit of its low bits', () => {
    for (const text of ['ŁAAA', 'AAAŁ', 'AAAA'.replace('A', String.fromCharCode(0x41 + 128)), '\ud800AAA']) {
      expect(decodeBase64(text)).toBeUndefined()
    }
  })

  it('decodes the empty text to no bytes', () => {
    expect(decodeBase64('')).toEqual(new Uint8Array(0))
    expect(decodeBase64Url('')).toEqual(new Uint8Array(0))
  })
})

describe('bytes', () => {
  it('are equal only where all of them are', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.from(a).equals(b))
        expect(equalBytes(a, a.slice())).toBe(true)
        expect(equalBytes(a, concatBytes(a, Uint8Array.of(0)))).toBe(false)
      }),
    )
    expect(equalBytes(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 4))).toBe(false)
  })

  it('are joined in order', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
        expect(Buffer.from(concatBytes(...parts))).toEqual(Buffer.concat(parts))
      }),
    )
  })

  it('of a text are its UTF-8', () => {
    expect(encodeUtf8('GET/é')).toEqual(Uint8Array.of(0x47, 0x45, 0x54, 0x2f, 0xc3, 0xa9))
  })
})

/** The texts that differ from a padded base64 text in bits which no byte uses. */
function unusedBitsSet(text: string): string[] {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const last = text.length - padding - 1
  const digit = STANDARD.indexOf(text.charAt(last))
  const unused = [0, 0b11, 0b1111][padding] ?? 0
  return Array.from({ length: unused }, (_, bits) => STANDARD.charAt(digit | (bits + 1))).map(
    (other) => text.slice(0, last) + other + text.slice(last + 1),
  )
}
