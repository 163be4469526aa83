/** edwards25519 in big integers, for tests: slow, and no secret is safe with it. */
import { createHash } from 'node:crypto'

/** A point in affine coordinates. */
export interface Point {
  readonly x: bigint
  readonly y: bigint
}

export const P = 2n ** 255n - 19n
/** The order of the prime-order subgroup. */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n

const D = mod(-121665n * inverse(121666n))
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n)

export const NEUTRAL: Point = { x: 0n, y: 1n }
export const BASE: Point = pointAt(mod(4n * inverse(5n)))

/** The eight points whose order divides 8, each the sum of the one before and the second. */
export const TORSION: readonly Point[] = multiplesOf(pointOfOrder8())

export function add(a: Point, b: Point): Point {
  const product = mod(D * a.x * b.x * a.y * b.y)
  return {
    x: mod((a.x * b.y + b.x * a.y) * inverse(1n + product)),
    y: mod((a.y * b.y + a.x * b.x) * inverse(1n - product)),
  }
}

export function multiply(scalar: bigint, point: Point): Point {
  let sum = NEUTRAL
  let doubled = point
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, doubled)
    doubled = add(doubled, doubled)
  }
  return sum
}

/** The one canonical encoding of a point. */
export function encodePoint({ x, y }: Point): Uint8Array {
  return littleEndian(y | ((x & 1n) << 255n))
}

/** Every 32 bytes that a lenient reader takes for the point: y not reduced, and both signs where x is 0. */
export function encodingsOf({ x, y }: Point): Uint8Array[] {
  const ys = y + P < 2n ** 255n ? [y, y + P] : [y]
  const signs = x === 0n ? [0n, 1n] : [x & 1n]
  return ys.flatMap((each) => signs.map((sign) => littleEndian(each | (sign << 255n))))
}

/** 32 bytes, the least one first. */
export function littleEndian(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn))
}

/** What stands in a signature for `R` and `A` and is signed with the message, as a number below `L`. */
export function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return readLittleEndian(createHash('sha512').update(r).update(a).update(message).digest()) % L
}

function readLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function multiplesOf(point: Point): Point[] {
  const points = [NEUTRAL]
  for (let last = point; last.x !== 0n || last.y !== 1n; last = add(last, point)) points.push(last)
  return points
}

function pointOfOrder8(): Point {
  for (let y = 2n; ; y++) {
    const point = squareRootFor(y) === undefined ? NEUTRAL : multiply(L, pointAt(y))
    if (multiply(4n, point).y !== 1n) return point
  }
}

function pointAt(y: bigint): Point {
  const x = squareRootFor(y)
  if (x === undefined) throw new RangeError('no point has this y')
  return { x: x & 1n ? P - x : x, y }
}

function squareRootFor(y: bigint): bigint | undefined {
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n))
  const candidate = power(square, (P + 3n) / 8n)
  return [candidate, mod(candidate * ROOT_OF_MINUS_ONE)].find((x) => mod(x * x) === square)
}

function inverse(value: bigint): bigint {
  return power(value, P - 2n)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = mod(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}

function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}
