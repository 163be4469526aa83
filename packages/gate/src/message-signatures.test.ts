import { makeNonce, signMessage, signRequest, signRequestMessage } from '@countersign/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { newPair, newRecord, newRequest, type Pair, type TestHeaders } from '../test/fixtures.ts'
import { createGate } from './gate.ts'
import type { GateOptions } from './gate-options.ts'
import { createMemoryKeySource } from './memory.ts'
import type { KeyRecord } from './ports.ts'
import type { Rule } from './rules.ts'

const NOW_SECONDS = 1_703_123_456
const NOW = NOW_SECONDS * 1000
const HOST = 'api.example.com'
const BODY = new TextEncoder().encode('{"ticker":"X"}')

let rsa: Pair
let ed25519: Pair

beforeAll(async () => {
  rsa = await newPair('rsa')
  ed25519 = await newPair('ed25519')
})

interface Signing {
  readonly method?: string
  readonly target?: string
  readonly body?: Uint8Array
  readonly tag?: string
  readonly createdSeconds?: number
  readonly expiresSeconds?: number
  readonly authority?: string
}

/** A gate that knows one key, and that key's holder. */
function setUp(changes: Partial<KeyRecord> = {}, pair = ed25519, options: Partial<GateOptions> = {}) {
  const keys = createMemoryKeySource()
  const record = newRecord(pair.verifying, changes)
  keys.put(record)
  const gate = createGate({ keys, now: () => NOW, ...options })
  const sign = async ({ body, ...signing }: Signing = {}): Promise<TestHeaders> => ({
    host: HOST,
    ...(body && { 'content-length': String(body.length) }),
    ...(await signRequestMessage({
      keyId: record.keyId,
      key: pair.signing,
      method: 'GET',
      target: '/orders',
      authority: HOST,
      scheme: 'https',
      nonce: makeNonce(),
      createdSeconds: NOW_SECONDS,
      ...(body && { body }),
      ...signing,
    })),
  })
  return { gate, keys, record, sign, pair }
}

describe('allowed', () => {
  test.each([
    ['rsa', () => rsa],
    ['ed25519', () => ed25519],
  ])('a signature of an %s key, with and without a query', async (_, pair) => {
    const { gate, sign, record } = setUp({}, pair())
    for (const target of ['/orders', '/orders?status=open&x=%2F', '/orders?']) {
      const decision = await gate.decide(newRequest('GET', target, await sign({ target })))
      expect(decision).toMatchObject({ allowed: { keyId: record.keyId, profile: 'http-message-signatures' } })
    }
  })

  test('a body that is not at hand is left for the adapter to check', async () => {
    const { gate, sign } = setUp()
    const headers = await sign({ method: 'POST', body: BODY })
    expect(await gate.decide(newRequest('POST', '/orders', headers))).toMatchObject({
      allowed: {},
      uncheckedDigest: headers['content-digest'],
    })
  })

  test('a body that is at hand is checked', async () => {
    const { gate, sign } = setUp()
    const request = newRequest('POST', '/orders', await sign({ method: 'POST', body: BODY }))
    const decision = await gate.decide({ ...request, body: BODY })
    expect(decision).toHaveProperty('allowed')
    expect(decision).toMatchObject({ uncheckedDigest: undefined })
    expect(await gate.decide({ ...request, body: BODY.slice(1) })).toMatchObject({ denied: 'digest_mismatch' })
    expect(await gate.decide({ ...request, body: new Uint8Array(0) })).toMatchObject({ denied: 'digest_mismatch' })
  })

  test('of several signatures, the one whose key is known', async () => {
    const { gate, sign, record } = setUp()
    const mine = await sign()
    const other = await setUp().sign()
    const both = {
      host: HOST,
      'signature-input': `${other['signature-input']}, ${String(mine['signature-input']).replace('sig1', 'sig2')}`,
      signature: `${other.signature}, ${String(mine.signature).replace('sig1', 'sig2')}`,
    }
    expect(await gate.decide(newRequest('GET', '/orders', both))).toMatchObject({ allowed: { keyId: record.keyId } })
  })

  test('behind a proxy, with the public name from the configuration', async () => {
    const messageSignatures = { authority: HOST, scheme: 'https' } as const
    const { gate, sign } = setUp({}, ed25519, { messageSignatures })
    const request = newRequest('GET', '/orders', { ...(await sign()), host: '10.0.0.4:4101' })
    expect(await gate.decide(request)).toHaveProperty('allowed')
    expect(await setUp().gate.decide(request)).toHaveProperty('denied')
  })
})

describe('refused', () => {
  test.each<[string, (headers: TestHeaders) => [string, string, TestHeaders]]>([
    ['the method', (h) => ['HEAD', '/orders?a=1', h]],
    ['the path', (h) => ['GET', '/order?a=1', h]],
    ['the query', (h) => ['GET', '/orders?a=2', h]],
    ['the host', (h) => ['GET', '/orders?a=1', { ...h, host: 'evil.example.com' }]],
    [
      'the time',
      (h) => ['GET', '/orders?a=1', replaced(h, 'signature-input', `=${NOW_SECONDS}`, `=${NOW_SECONDS + 1}`)],
    ],
    ['the nonce', (h) => ['GET', '/orders?a=1', replaced(h, 'signature-input', /nonce="../, 'nonce="zz')]],
    ['the signature', (h) => ['GET', '/orders?a=1', replaced(h, 'signature', /:..../, ':AAAA')]],
  ])('a request whose %s was changed', async (_, change) => {
    const { gate, sign } = setUp()
    const [method, target, headers] = change(await sign({ target: '/orders?a=1' }))
    expect(await gate.decide(newRequest(method, target, headers))).toEqual({ denied: 'signature_incorrect' })
  })

  test('a query that was added', async () => {
    const { gate, sign } = setUp()
    expect(await gate.decide(newRequest('GET', '/orders?a=1', await sign()))).toMatchObject({
      denied: 'signature_coverage_insufficient',
      details: 'missing: @query',
    })
  })

  test('a body that was added', async () => {
    const { gate, sign } = setUp()
    const headers = { ...(await sign({ method: 'POST' })), 'transfer-encoding': 'chunked' }
    expect(await gate.decide(newRequest('POST', '/orders', headers))).toMatchObject({
      denied: 'signature_coverage_insufficient',
      details: 'missing: content-digest',
    })
  })

  test('a signature without a nonce where one is needed', async () => {
    const { gate, record, pair } = setUp()
    const message = { method: 'POST', target: '/orders', authority: HOST, scheme: 'https', header: () => undefined }
    const components = ['@method', '@authority', '@path']
    const signed = await signMessage(message, {
      key: pair.signing,
      keyId: record.keyId,
      components,
      createdSeconds: NOW_SECONDS,
    })
    const request = newRequest('POST', '/orders', { host: HOST, ...signed })
    expect(await gate.decide(request)).toMatchObject({ denied: 'nonce_required' })
  })

  test.each([-31, 31])('a signature made %i s from now', async (offset) => {
    const { gate, sign } = setUp()
    const headers = await sign({ createdSeconds: NOW_SECONDS + offset })
    expect(await gate.decide(newRequest('GET', '/orders', headers))).toEqual({ denied: 'timestamp_expired' })
  })

  test('a signature past its own end', async () => {
    const { gate, sign } = setUp()
    const decide = async (expiresSeconds: number) =>
      gate.decide(newRequest('GET', '/orders', await sign({ expiresSeconds })))
    expect(await decide(NOW_SECONDS)).toEqual({ denied: 'signature_expired' })
    expect(await decide(NOW_SECONDS + 1)).toHaveProperty('allowed')
  })

  test('signatures of both profiles at once', async () => {
    const { gate, sign, record, pair } = setUp()
    const other = await signRequest({
      keyId: record.keyId,
      key: pair.signing,
      method: 'GET',
      target: '/orders',
      timestampMs: NOW,
    })
    const request = newRequest('GET', '/orders', { ...(await sign()), ...other })
    expect(await gate.decide(request)).toMatchObject({ denied: 'signature_input_invalid' })
  })

  test.each<[string, TestHeaders, string]>([
    ['no Signature', { 'signature-input': 'sig1=("@method")' }, 'signature_missing'],
    ['no Signature-Input', { signature: 'sig1=:AAAA:' }, 'signature_input_invalid'],
    ['a malformed Signature-Input', { 'signature-input': '(', signature: 'sig1=:AAAA:' }, 'signature_input_invalid'],
  ])('%s', async (_, headers, refusal) => {
    expect(await setUp().gate.decide(newRequest('GET', '/orders', headers))).toMatchObject({ denied: refusal })
  })

  test('two Host headers', async () => {
    const { gate, sign } = setUp()
    const request = newRequest('GET', '/orders', { ...(await sign()), host: [HOST, HOST] })
    expect(await gate.decide(request)).toMatchObject({ denied: 'request_malformed' })
  })

  test('a tag that is not this place’s', async () => {
    const { gate, sign } = setUp({}, ed25519, { messageSignatures: { tag: 'countersign' } })
    const decide = async (signing: Signing) => gate.decide(newRequest('GET', '/orders', await sign(signing)))
    expect(await decide({ tag: 'countersign' })).toHaveProperty('allowed')
    expect(await decide({ tag: 'other' })).toMatchObject({ denied: 'signature_input_invalid' })
    expect(await decide({})).toMatchObject({ denied: 'signature_input_invalid' })
  })
})

describe('minimum profile', () => {
  const strict: Rule = { scope: 'read', minimumProfile: 'http-message-signatures' }

  test('of the key and of the rule: a weaker one is refused, and only after it verified', async () => {
    const weak = async (changes: Partial<KeyRecord>, rule?: Rule) => {
      const { gate, record, pair } = setUp(changes)
      const { keyId } = record
      const headers = await signRequest({
        keyId,
        key: pair.signing,
        method: 'GET',
        target: '/orders',
        timestampMs: NOW,
      })
      return gate.decide(newRequest('GET', '/orders', headers), rule)
    }
    const refused = { denied: 'profile_not_accepted', details: 'http-message-signatures' }
    expect(await weak({ minimumProfile: 'http-message-signatures' })).toMatchObject(refused)
    expect(await weak({}, strict)).toMatchObject(refused)
    expect(await weak({ minimumProfile: 'access-headers' })).toHaveProperty('allowed')
  })

  test('the stronger one passes both', async () => {
    const { gate, sign } = setUp({ minimumProfile: 'http-message-signatures' })
    expect(await gate.decide(newRequest('GET', '/orders', await sign()), strict)).toHaveProperty('allowed')
  })
})

test('a rule without a scope asks for none', async () => {
  const { gate, sign } = setUp({ scopes: ['write::trade'] })
  const request = newRequest('GET', '/orders', await sign())
  expect(await gate.decide(request, {})).toHaveProperty('allowed')
  expect(await gate.decide(request)).toHaveProperty('denied', 'insufficient_scope')
})

function replaced(headers: TestHeaders, name: string, from: string | RegExp, to: string): TestHeaders {
  const value = String(headers[name])
  const changed = value.replace(from, to)
  if (changed === value) throw new Error(`${name} was not changed`)
  return { ...headers, [name]: changed }
}
