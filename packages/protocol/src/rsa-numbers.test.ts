import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PrivateKeyError, parsePrivateKey, pkcs1Pem, pkcs8Pem, rsaNumbersOf, rsaPrivateKey } from './private-key.ts'
import {
  areRsaNumbersWhole,
  areRsaPrimes,
  deriveNumbers,
  differingRsaNumbers,
  type RsaNumberName,
  type RsaNumbers,
  repairRsaNumbers,
} from './rsa-numbers.ts'

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' })
const key = parsePrivateKey(String(pem))
const whole = rsaNumbersOf(key.pkcs8) as RsaNumbers
const NAMES = Object.keys(whole) as RsaNumberName[]
const flippedBit = fc.record({ name: fc.constantFrom(...NAMES), bit: fc.bigInt(0n, 1000n) })

/** The code that a damaged key is refused with. */
function refusalOf(numbers: RsaNumbers): string | undefined {
  for (const text of [pkcs8Pem(rsaPrivateKey(numbers)), pkcs1Pem(rsaPrivateKey(numbers))]) {
    try {
      parsePrivateKey(text)
      return undefined
    } catch (error) {
      if (!(error instanceof PrivateKeyError)) throw error
      if (error.code !== 'rsa_numbers_damaged') return error.code
    }
  }
  return 'rsa_numbers_damaged'
}

test('a key that openssl made is whole, and what is computed from its primes is the same key', () => {
  expect(areRsaNumbersWhole(whole)).toBe(true)
  expect(areRsaPrimes(whole)).toBe(true)
  expect(deriveNumbers(whole)).toMatchObject({ n: whole.n, qi: whole.qi })
  expect(areRsaNumbersWhole(deriveNumbers(whole) as RsaNumbers)).toBe(true)
  expect(deriveNumbers(whole, whole)).toEqual(whole)
  expect(pkcs8Pem(rsaPrivateKey(whole))).toBe(pem)
})

test('a private exponent modulo (p - 1)(q - 1) is as right as the smaller one', () => {
  const large = { ...whole, d: whole.d + (whole.p - 1n) * (whole.q - 1n) }
  expect(areRsaNumbersWhole(large)).toBe(large.d < whole.n)
})

describe('one damaged bit of any number', () => {
  test('is found, refused, named and repaired', () => {
    fc.assert(
      fc.property(flippedBit, ({ name, bit }) => {
        const damaged = { ...whole, [name]: whole[name] ^ (1n << bit) }
        expect(areRsaNumbersWhole(damaged)).toBe(false)
        expect(refusalOf(damaged)).toBe('rsa_numbers_damaged')
        const repaired = repairRsaNumbers(damaged)
        expect(repaired).toEqual(whole)
        expect(differingRsaNumbers(damaged, repaired as RsaNumbers)).toEqual([name])
      }),
      { numRuns: 60 },
    )
  })
})

test('all but p, q and the private exponent may be lost', () => {
  expect(repairRsaNumbers({ ...whole, n: 1n, e: 1n, dp: 1n, dq: 1n, qi: 1n })).toEqual(whole)
})

test('nothing is made up where both primes are damaged, or nothing confirms them', () => {
  expect(repairRsaNumbers({ ...whole, p: whole.p ^ 2n, q: whole.q ^ 2n })).toBeUndefined()
  expect(repairRsaNumbers({ ...whole, n: 1n, d: 1n, dp: 1n })).toBeUndefined()
})

test('composites are no primes', () => {
  const third = whole.p * 3n
  expect(areRsaPrimes({ p: third, q: whole.q })).toBe(false)
  for (const composite of [1n, 561n, 1105n, 25n]) expect(areRsaPrimes({ p: composite, q: 7n })).toBe(false)
})
