import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ed25519PointProblem } from './ed25519-point.ts'

const P = 2n ** 255n - 19n

/** y coordinates of the points whose order divides 8; each stands for two encodings, but 1 and -1 (x = 0) for one. */
const ORDER_8 = [
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]

describe('ed25519PointProblem', () => {
  it('accepts the points of real keys', () => {
    for (let i = 0; i < 20; i++) {
      const { publicKey } = generateKeyPairSync('ed25519')
      const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
      expect(ed25519PointProblem(point)).toBeUndefined()
    }
  })

  it('refuses all eight points of low order', () => {
    const encodings = [
      littleEndian(1n),
      littleEndian(P - 1n),
      littleEndian(0n),
      withSign(littleEndian(0n)),
      ...ORDER_8.map((hex) => Buffer.from(hex, 'hex')),
      ...ORDER_8.map((hex) => withSign(Buffer.from(hex, 'hex'))),
    ]
    expect(encodings.map(ed25519PointProblem)).toEqual(new Array(8).fill('low_order'))
  })

  it('refuses every y that is not reduced, with either sign', () => {
    for (let y = P; y < 2n ** 255n; y++) {
      expect(ed25519PointProblem(littleEndian(y))).toBe('non_canonical')
      expect(ed25519PointProblem(withSign(littleEndian(y)))).toBe('non_canonical')
    }
  })

  it('refuses the sign bit where x is zero', () => {
    expect(ed25519PointProblem(withSign(littleEndian(1n)))).toBe('non_canonical')
    expect(ed25519PointProblem(withSign(littleEndian(P - 1n)))).toBe('non_canonical')
  })

  it("refuses what is not on the curve: where Euler's criterion finds no x", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: P - 2n }), fc.boolean(), (y, sign) => {
        const bytes = sign ? withSign(littleEndian(y)) : littleEndian(y)
        expect(ed25519PointProblem(bytes) !== 'not_on_curve').toBe(hasX(y))
      }),
      { numRuns: 200 },
    )
  })

  it('never throws on any 32 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        ed25519PointProblem(bytes)
      }),
    )
  })
})

/** Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a solution: d = -121665/121666, everything multiplied out. */
function hasX(y: bigint): boolean {
  const numerator = (y * y - 1n) * 121666n
  const denominator = 121666n - 121665n * y * y
  const product = (((numerator * denominator) % P) + P) % P
  return product === 0n || power(product, (P - 1n) / 2n) === 1n
}

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n
  const half = power((base * base) % P, exponent / 2n)
  return exponent % 2n === 1n ? (half * base) % P : half
}

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse())
}

function withSign(bytes: Uint8Array): Uint8Array {
  return bytes.with(31, (bytes[31] ?? 0) | 0x80)
}
