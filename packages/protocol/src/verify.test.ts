import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SigningKey, VerifyingKey } from './backend/backend.ts'
import { accessHeaderNames } from './headers.ts'
import { parsePrivateKey } from './private-key.ts'
import { importSigningKey, importVerifyingKey, publicKeyOf } from './ready-key.ts'
import { signRequest } from './sign.ts'
import { type ReceivedRequest, verifyRequest } from './verify.ts'

interface KeyPair {
  readonly signer: SigningKey
  readonly verifier: VerifyingKey
}

const TIMES = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 })
const METHODS = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH')
const PATHS = fc.string({ unit: fc.constantFrom(...'/abcXYZ019.-_~%2F:@!$&'), maxLength: 60 }).map((rest) => `/${rest}`)
const QUERIES = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((parameters) => `?${parameters}`),
)

describe.each([
  ['RSA 2048', 2048, 60],
  ['RSA 3072', 3072, 20],
  ['RSA 4096', 4096, 10],
  ['Ed25519', undefined, 60],
])('with %s', (_, bits, runs) => {
  let key: KeyPair
  let other: KeyPair

  beforeAll(async () => {
    key = await makeKeyPair(bits)
    other = await makeKeyPair(bits && 2048)
  })

  it('a signed request verifies, by its own key only', async () => {
    await fc.assert(
      fc.asyncProperty(TIMES, METHODS, PATHS, QUERIES, async (timestampMs, method, path, query) => {
        const request = await received(key.signer, timestampMs, method, path + query)
        expect(await verifyRequest(request, key.verifier)).toBe(true)
        expect(await verifyRequest(request, other.verifier)).toBe(false)
      }),
      { numRuns: runs },
    )
  })

  it('a request with one character changed anywhere does not verify', async () => {
    const part = fc.constantFrom('method', 'target', 'timestamp', 'signature')
    const character = fc.oneof(
      fc.constantFrom(...'AZaz09+/=?-_ \n\0é'),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    )
    const request = await received(key.signer, 1_703_123_456_789, 'POST', '/trade-api/v2/portfolio/orders%2F/')
    fc.assert(
      fc.property(part, fc.nat(), character, fc.constantFrom(0, 1), (part, position, character, dropped) => {
        const whole = request[part]
        const at = position % whole.length
        const text = whole.slice(0, at) + character + whole.slice(at + dropped)
        fc.pre(text !== whole && !(part === 'target' && text.startsWith(`${whole}?`)))
        expect(verifyRequest({ ...request, [part]: text }, key.verifier)).toBe(false)
      }),
      { numRuns: runs * 50 },
    )
  })

  it('each of the 64 characters and none other fits at one place of the signature', async () => {
    const request = await received(key.signer, 1_703_123_456_789, 'GET', '/')
    for (let unit = 0; unit < 256; unit++) {
      const signature = String.fromCharCode(unit) + request.signature.slice(1)
      expect(verifyRequest({ ...request, signature }, key.verifier)).toBe(signature === request.signature)
    }
  })

  it('the query is not covered, the path is wholly', async () => {
    const request = await received(key.signer, 1_703_123_456_789, 'GET', '/a/b?x=1')
    for (const target of ['/a/b', '/a/b?', '/a/b?x=2', '/a/b?x=1&y=/../']) {
      expect(verifyRequest({ ...request, target }, key.verifier)).toBe(true)
    }
    for (const target of ['/a/b/', '/a', '/A/b', '/a/%62', '/a/b%3Fx=1', '/a/./b', '//a/b', 'http://host/a/b']) {
      expect(verifyRequest({ ...request, target }, key.verifier)).toBe(false)
    }
  })

  it('nothing but the strict forms verifies, even where the signed text is the same', async () => {
    const request = await received(key.signer, 1_703_123_456_789, 'GET', '/a')
    const shifted = [
      { timestamp: '1703123456789G', method: 'ET', target: '/a' },
      { timestamp: '1703123456789GET', method: '', target: '/a' },
      { timestamp: '170312345678', method: '9GET', target: '/a' },
      { timestamp: '', method: '1703123456789GET', target: '/a' },
      { timestamp: '1703123456789', method: 'GET/', target: 'a' },
      { timestamp: '1703123456789', method: 'GET/a', target: '' },
      { timestamp: '1703123456789', method: 'GET/a', target: '?/' },
    ]
    for (const parts of shifted) expect(verifyRequest({ ...request, ...parts }, key.verifier)).toBe(false)
  })

  it('is false, and never throws, whatever was received', () => {
    const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))
    const signature = fc.oneof(
      text,
      fc.uint8Array({ maxLength: 600 }).map(base64),
      exactly(key.verifier.signatureBytes),
    )
    const part = (strict: string) => fc.oneof(text, fc.constant(strict))
    const request = fc.record({
      method: part('GET'),
      target: part('/'),
      timestamp: part('1703123456789'),
      signature,
    })
    fc.assert(
      fc.property(request, (request) => {
        expect(verifyRequest(request, key.verifier)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('signRequest', () => {
  let key: KeyPair

  beforeAll(async () => {
    key = await makeKeyPair(undefined)
  })

  it('writes the three headers under the names of the provider', async () => {
    const request = { keyId: 'id', key: key.signer, method: 'GET', target: '/', timestampMs: 1_703_123_456_789 }
    const names = accessHeaderNames('ACME')
    expect(await signRequest({ ...request, headerNames: names })).toEqual({
      'acme-access-key': 'id',
      'acme-access-timestamp': '1703123456789',
      'acme-access-signature': expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/),
    })
    expect(Object.keys(await signRequest(request))).toEqual(Object.values(accessHeaderNames()))
  })

  it.each([
    ['a method in lower case', { method: 'get' }, /^method must/],
    ['no method', { method: '' }, /^method must/],
    ['a URL', { target: 'https://host/a' }, /^target must/],
    ['a fragment', { target: '/a#b' }, /^target must/],
    ['a path that is not encoded', { target: '/é' }, /^target must/],
    ['a path with a line break', { target: '/a\r\nX: y' }, /^target must/],
    ['seconds', { timestampMs: 1_703_123_456 }, /^timestamp must/],
    ['parts of milliseconds', { timestampMs: 1_703_123_456_789.5 }, /^timestamp must/],
    ['no time', { timestampMs: Number.NaN }, /^timestamp must/],
    ['a time before 1970', { timestampMs: -1_703_123_456_789 }, /^timestamp must/],
  ])('refuses %s', async (_, wrong, message) => {
    const request = { keyId: 'id', key: key.signer, method: 'GET', target: '/', timestampMs: 1_703_123_456_789 }
    await expect(signRequest({ ...request, ...wrong })).rejects.toThrow(TypeError)
    await expect(signRequest({ ...request, ...wrong })).rejects.toThrow(message)
  })
})

async function received(
  key: SigningKey,
  timestampMs: number,
  method: string,
  target: string,
): Promise<ReceivedRequest> {
  const names = accessHeaderNames()
  const headers = await signRequest({ keyId: 'id', key, method, target, timestampMs })
  return {
    method,
    target,
    timestamp: headers[names.timestamp] ?? '',
    signature: headers[names.signature] ?? '',
  }
}

async function makeKeyPair(bits: number | undefined): Promise<KeyPair> {
  const { privateKey } = bits ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519')
  const key = parsePrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  return { signer: await importSigningKey(key), verifier: await importVerifyingKey(await publicKeyOf(key)) }
}

function exactly(length: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map(base64)
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
