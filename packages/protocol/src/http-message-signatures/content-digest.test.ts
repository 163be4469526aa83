import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { encodeUtf8 } from '../encoding.ts'
import { checkContentDigest, contentDigest } from './content-digest.ts'

const BODY = encodeUtf8('{"hello": "world"}')
const SHA256 = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
const SHA512 = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'

it('makes the digests of RFC 9530', async () => {
  expect(await contentDigest(BODY)).toBe(SHA256)
  expect(await contentDigest(BODY, 'sha-512')).toBe(SHA512)
})

it('accepts the digest of a body and of no other, at once', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), fc.constantFrom('sha256', 'sha512'), (body, other, hash) => {
      const value = `${hash.replace('sha', 'sha-')}=:${createHash(hash).update(body).digest('base64')}:`
      expect(checkContentDigest(value, body)).toBeUndefined()
      const isSame = Buffer.from(body).equals(other)
      expect(checkContentDigest(value, other) === undefined).toBe(isSame)
    }),
  )
})

describe('a Content-Digest', () => {
  it.each([
    [SHA256],
    [SHA512],
    [`${SHA256}, ${SHA512}`],
    [`md5=:AAAA:, ${SHA256}`],
    [`unixsum=:AAAA:,${SHA512};x=1`],
    [[SHA256, SHA512]],
  ])('%j vouches for the body', (value) => expect(checkContentDigest(value, BODY)).toBeUndefined())

  const wrong = SHA256.replace('X48', 'X58')
  it.each([
    [undefined, 'digest_absent'],
    [[], 'digest_absent'],
    ['', 'digest_unknown'],
    ['md5=:AAAA:', 'digest_unknown'],
    ['__proto__=:AAAA:', 'digest_malformed'],
    ['constructor=:AAAA:', 'digest_unknown'],
    [wrong, 'digest_mismatch'],
    [`${wrong}, ${SHA512}`, 'digest_mismatch'],
    [`${SHA512}, ${wrong}`, 'digest_mismatch'],
    [SHA256.replace('256', '512'), 'digest_mismatch'],
    ['sha-256=::', 'digest_mismatch'],
    [`${SHA256}, ${SHA256}`, 'digest_malformed'],
    [[SHA256, SHA256], 'digest_malformed'],
    [[wrong, SHA256], 'digest_malformed'],
    ['sha-256=X48E9', 'digest_malformed'],
    ['sha-256', 'digest_malformed'],
    ['sha-256=("x")', 'digest_malformed'],
    [`md5="x", ${SHA256}`, 'digest_malformed'],
    [SHA256.replace('PE=:', 'PE:'), 'digest_malformed'],
    [SHA256.replace('PE=:', 'PF=:'), 'digest_malformed'],
    [SHA256.toUpperCase(), 'digest_malformed'],
    ['SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=', 'digest_malformed'],
  ])('%j does not: %s', (value, problem) => {
    expect(checkContentDigest(value, BODY)).toMatchObject({ problem, refusal: 'digest_mismatch' })
  })
})

it('is checked with WebCrypto too', async () => {
  vi.resetModules()
  vi.doMock('#backend', () => import('../backend/web.ts'))
  const web = await import('./content-digest.ts')
  vi.doUnmock('#backend')
  expect(web.checkContentDigest(SHA256, BODY)).toBeInstanceOf(Promise)
  expect(await web.checkContentDigest(`${SHA256}, ${SHA512}`, BODY)).toBeUndefined()
  expect(await web.checkContentDigest(`${SHA256}, ${SHA512}`, encodeUtf8('x'))).toMatchObject({
    problem: 'digest_mismatch',
  })
  expect(await web.contentDigest(BODY)).toBe(SHA256)
})
