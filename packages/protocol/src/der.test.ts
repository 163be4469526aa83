import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOid, OID, readDer, readOne, readSequence, readUnsigned, TAG, writeDer, writeUnsigned } from './der.ts'
import { concatBytes, encodeUtf8 } from './encoding.ts'

const tag = fc.constantFrom(...Object.values(TAG))
const element = fc.record({ tag, content: fc.uint8Array({ maxLength: 300 }) })

describe('readDer', () => {
  it('reads what writeDer wrote', () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 6 }), (elements) => {
        const bytes = concatBytes(...elements.map(({ tag, content }) => writeDer(tag, content)))
        expect(readDer(bytes)).toEqual(elements)
        expect(readSequence(writeDer(TAG.sequence, bytes))).toEqual(elements)
      }),
    )
  })

  it('reads lengths of one, two and three bytes', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536, 100_000]) {
      const content = new Uint8Array(length).fill(7)
      expect(readOne(writeDer(TAG.octetString, content), TAG.octetString)?.length).toBe(length)
    }
  })

  it('reads any bytes without throwing, and only those that it would write', () => {
    const headers = fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 6 }), fc.uint8Array({ maxLength: 140 }))
      .map(([header, content]) => concatBytes(header, content))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), headers), (bytes) => {
        const elements = readDer(bytes)
        if (elements) expect(concatBytes(...elements.map((it) => writeDer(it.tag, it.content)))).toEqual(bytes)
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['a missing length', [0x30]],
    ['content that ends early', [0x04, 0x02, 0x00]],
    ['the indefinite length of BER', [0x30, 0x80, 0x00, 0x00]],
    ['a long form for a short length', [0x04, 0x81, 0x01, 0x00]],
    ['a length with a leading zero', [0x04, 0x82, 0x00, 0x80, ...new Array(128).fill(0)]],
    ['a length that its bytes do not hold', [0x04, 0x82, 0x01]],
    ['a length of four bytes', [0x04, 0x84, 0x00, 0x00, 0x00, 0x01, 0x00]],
    ['the greatest length there is', [0x04, 0xff, ...new Array(127).fill(0xff)]],
    ['a tag of several bytes', [0x1f, 0x81, 0x01, 0x00]],
    ['a byte left over', [0x05, 0x00, 0x05]],
  ])('refuses %s', (_, bytes) => {
    expect(readDer(Uint8Array.from(bytes))).toBeUndefined()
  })

  it('reads a megabyte of the smallest elements in little time', () => {
    const started = performance.now()
    expect(readDer(new Uint8Array(2 ** 20))?.length).toBe(2 ** 19)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('readOne and readSequence', () => {
  it('take exactly one element of the tag asked for', () => {
    const value = writeDer(TAG.octetString, encodeUtf8('x'))
    expect(readOne(value, TAG.octetString)).toEqual(encodeUtf8('x'))
    expect(readOne(value, TAG.bitString)).toBeUndefined()
    expect(readOne(concatBytes(value, value), TAG.octetString)).toBeUndefined()
    expect(readOne(new Uint8Array(0), TAG.octetString)).toBeUndefined()
    expect(readSequence(value)).toBeUndefined()
    expect(readSequence(writeDer(TAG.sequence, Uint8Array.of(1)))).toBeUndefined()
  })
})

describe('unsigned integers', () => {
  it('are read as they were written, without leading zeros', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 600n }), fc.nat({ max: 3 }), (value, zeros) => {
        const [element] = readDer(writeUnsigned(concatBytes(new Uint8Array(zeros), bigEndian(value)))) ?? []
        expect(readUnsigned(element)).toEqual(bigEndian(value))
      }),
    )
  })

  it.each([
    ['nothing', []],
    ['a negative number', [0x80]],
    ['a padded number', [0x00, 0x7f]],
    ['a padded zero', [0x00, 0x00]],
  ])('are not %s', (_, content) => {
    expect(readUnsigned({ tag: TAG.integer, content: Uint8Array.from(content) })).toBeUndefined()
  })

  it('are INTEGERs', () => {
    expect(readUnsigned({ tag: TAG.octetString, content: Uint8Array.of(1) })).toBeUndefined()
    expect(readUnsigned(undefined)).toBeUndefined()
    expect(writeUnsigned(new Uint8Array(0))).toEqual(Uint8Array.of(TAG.integer, 1, 0))
  })
})

describe('isOid', () => {
  it('tells one object identifier from another', () => {
    expect(isOid({ tag: TAG.oid, content: OID.ed25519 }, OID.ed25519)).toBe(true)
    expect(isOid({ tag: TAG.oid, content: OID.rsaPss }, OID.rsaEncryption)).toBe(false)
    expect(isOid({ tag: TAG.octetString, content: OID.ed25519 }, OID.ed25519)).toBe(false)
    expect(isOid(undefined, OID.ed25519)).toBe(false)
  })
})

function bigEndian(value: bigint): Uint8Array {
  const hex = value.toString(16)
  return Uint8Array.from(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
}
