import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createServerNonces, NONCE_LIFETIME_MS } from './server-nonce.ts'

const NOW = 1_703_123_456_789
const SECRET = randomBytes(32)
const nonces = createServerNonces(SECRET)

test('a nonce is taken for five minutes, by every node with the secret', () => {
  const given = nonces.make(NOW)
  expect(given).toMatch(/^[\w-]{24}$/)
  const { isFresh } = createServerNonces(SECRET)
  expect(isFresh(`${given}.a`, NOW)).toBe(true)
  expect(isFresh(`${given}.a`, NOW + NONCE_LIFETIME_MS - 1)).toBe(true)
  expect(isFresh(`${given}.a`, NOW + NONCE_LIFETIME_MS)).toBe(false)
})

test('a node whose clock is 5 s behind takes it too, one further behind does not', () => {
  const given = nonces.make(NOW)
  expect(nonces.isFresh(`${given}.a`, NOW - 5_000)).toBe(true)
  expect(nonces.isFresh(`${given}.a`, NOW - 5_001)).toBe(false)
})

test('one of another deployment is not taken', () => {
  expect(createServerNonces(randomBytes(32)).isFresh(`${nonces.make(NOW)}.a`, NOW)).toBe(false)
})

test('without an end of its own it is not taken: two requests would carry the same', () => {
  for (const end of ['', '.']) expect(nonces.isFresh(`${nonces.make(NOW)}${end}`, NOW)).toBe(false)
})

test('none that was changed is taken', () => {
  const given = nonces.make(NOW)
  fc.assert(
    fc.property(
      fc.nat(given.length - 1),
      fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_'),
      (at, by) => {
        fc.pre(given[at] !== by)
        expect(nonces.isFresh(`${given.slice(0, at)}${by}${given.slice(at + 1)}.a`, NOW)).toBe(false)
      },
    ),
  )
})

test('whatever comes in is answered', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => nonces.isFresh(text, NOW) === false))
})
