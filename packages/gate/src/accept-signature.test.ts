import { makeNonce, signMessage } from '@countersign/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { newPair, newRecord, newRequest, type Pair } from '../test/fixtures.ts'
import { createGate } from './gate.ts'
import type { GateOptions } from './gate-options.ts'
import { createMemoryKeySource } from './memory.ts'
import { refusalReply } from './refusal-reply.ts'

const NOW_SECONDS = 1_703_123_456
const BODY = new TextEncoder().encode('{}')

let pair: Pair

beforeAll(async () => {
  pair = await newPair('ed25519')
})

function setUp(options: Partial<GateOptions> = {}) {
  const keys = createMemoryKeySource()
  const record = newRecord(pair.verifying)
  keys.put(record)
  const gate = createGate({ keys, now: () => NOW_SECONDS * 1000, ...options })
  /** What the answer to an unsigned request asks for. */
  const asked = async (...request: Parameters<typeof newRequest>) => {
    const decision = await gate.decide(newRequest(...request))
    return 'denied' in decision ? refusalReply(decision).headers['accept-signature'] : undefined
  }
  return { gate, record, asked }
}

describe('a request without a signature is asked for one', () => {
  test('that covers what this request has', async () => {
    const { asked } = setUp()
    expect(await asked('GET', '/orders', {})).toBe('sig=("@method" "@authority" "@path");created')
    expect(await asked('GET', '/orders?a=b', {})).toBe('sig=("@method" "@authority" "@path" "@query");created')
    expect(await asked('POST', '/orders', { 'content-length': '2' })).toBe(
      'sig=("@method" "@authority" "@path" "content-digest");created',
    )
    expect(await asked('POST', '/orders', { 'content-length': '0' })).toBe(
      'sig=("@method" "@authority" "@path");created',
    )
  })

  test('that has the tag of the gate, whatever characters it has', async () => {
    const { asked } = setUp({ messageSignatures: { tag: 'a"b\\c' } })
    expect(await asked('GET', '/orders', {})).toBe(
      String.raw`sig=("@method" "@authority" "@path");created;tag="a\"b\\c"`,
    )
  })

  test('and one that covers exactly that passes', async () => {
    const { gate, asked, record } = setUp({ messageSignatures: { tag: 'countersign' } })
    for (const target of ['/orders', '/orders?a=b']) {
      const field = (await asked('GET', target, {})) ?? ''
      const components = [...(/\(([^)]*)\)/.exec(field)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
      const message = { method: 'GET', target, authority: 'a', scheme: 'https', header: () => undefined }
      const headers = await signMessage(message, {
        key: pair.signing,
        keyId: record.keyId,
        components,
        createdSeconds: NOW_SECONDS,
        nonce: makeNonce(),
        tag: 'countersign',
      })
      expect(await gate.decide(newRequest('GET', target, { host: 'a', ...headers }))).toMatchObject({ allowed: {} })
    }
  })
})

test('a refusal of the profile asks too', async () => {
  const { asked } = setUp({ rules: () => ({ minimumProfile: 'http-message-signatures' }) })
  expect(await asked('GET', '/orders', {})).toContain('created')
})

test('a body that came unannounced is asked to be covered', async () => {
  const { gate, record } = setUp()
  const message = { method: 'POST', target: '/orders', authority: 'a', scheme: 'https', header: () => undefined }
  const headers = await signMessage(message, {
    key: pair.signing,
    keyId: record.keyId,
    components: ['@method', '@authority', '@path'],
    createdSeconds: NOW_SECONDS,
    nonce: makeNonce(),
  })
  const request = { ...newRequest('POST', '/orders', { host: 'a', ...headers }), readBody: () => BODY }
  expect(await gate.decide(request)).toMatchObject({
    denied: 'signature_coverage_insufficient',
    acceptSignature: 'sig=("@method" "@authority" "@path" "content-digest");created',
  })
})

test('other refusals do not ask', async () => {
  const { asked } = setUp()
  expect(await asked('GET', '/orders/%2F', {})).toBeUndefined()
  const wrong = { 'kalshi-access-key': 'x', 'kalshi-access-signature': 'x', 'kalshi-access-timestamp': '1' }
  expect(await asked('GET', '/orders', wrong)).toBeUndefined()
})
