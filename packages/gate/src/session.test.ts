import { signRequest, signRequestMessage } from '@countersign/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { newPair, newRecord, newRequest, type Pair } from '../test/fixtures.ts'
import { createGate } from './gate.ts'
import type { GateOptions } from './gate-options.ts'
import { createMemoryKeySource } from './memory.ts'
import type { KeyRecord } from './ports.ts'
import type { SessionNonces } from './steps/check-session.ts'

const NOW_SECONDS = 1_703_123_456
const HOST = 'api.example.com'

/** Takes what begins with `fresh.` */
const sessionNonces: SessionNonces = { isFresh: (nonce) => nonce.startsWith('fresh.') }

let pair: Pair

beforeAll(async () => {
  pair = await newPair('ed25519')
})

function setUp(options: Partial<GateOptions> = { sessionNonces }, changes: Partial<KeyRecord> = {}) {
  const keys = createMemoryKeySource()
  const record = newRecord(pair.verifying, { isSession: true, ...changes })
  keys.put(record)
  const gate = createGate({ keys, now: () => NOW_SECONDS * 1000, ...options })
  const request = async (nonce: string | undefined, method = 'GET') =>
    newRequest(method, '/orders', {
      host: HOST,
      ...(await signRequestMessage({
        keyId: record.keyId,
        key: pair.signing,
        method,
        target: '/orders',
        authority: HOST,
        scheme: 'https',
        createdSeconds: NOW_SECONDS,
        ...(nonce !== undefined && { nonce }),
      })),
    })
  return { gate, record, request }
}

describe("a browser's key", () => {
  test("passes with a nonce of the server's, and the principal tells that it is one", async () => {
    const { gate, request, record } = setUp()
    expect(await gate.decide(await request('fresh.1'))).toMatchObject({
      allowed: { keyId: record.keyId, isSession: true },
    })
  })

  test.each(['GET', 'HEAD', 'OPTIONS', 'POST'])('counts once with %s, whatever the rule', async (method) => {
    const { gate, request } = setUp()
    const once = await request('fresh.1', method)
    expect(await gate.decide(once, { replay: 'off' })).toHaveProperty('allowed')
    expect(await gate.decide(once, { replay: 'off' })).toMatchObject({ denied: 'signature_already_used' })
    expect(await gate.decide(await request('fresh.2', method), { replay: 'off' })).toHaveProperty('allowed')
  })

  test.each([undefined, 'stale.1', 'fresh'])('is refused with the nonce %j', async (nonce) => {
    const { gate, request, record } = setUp()
    const refused = await gate.decide(await request(nonce))
    expect(refused).toMatchObject({ denied: 'nonce_required', provenKeyId: record.keyId })
  })

  test('is refused in the profile that has no nonce', async () => {
    const { gate, record } = setUp()
    const message = { keyId: record.keyId, key: pair.signing, method: 'GET', target: '/orders' }
    const headers = await signRequest({ ...message, timestampMs: NOW_SECONDS * 1000 })
    expect(await gate.decide(newRequest('GET', '/orders', headers))).toMatchObject({ denied: 'nonce_required' })
  })

  test('that has ended is told so, not asked for a nonce', async () => {
    const { gate, request } = setUp({ sessionNonces }, { state: 'revoked' })
    expect(await gate.decide(await request('stale.1'))).toMatchObject({ denied: 'key_revoked' })
  })

  test('is unknown to a gate without sessions, like any id that no one has', async () => {
    const { gate, request } = setUp({})
    expect(await gate.decide(await request('fresh.1'))).toEqual({ denied: 'key_not_found' })
  })
})

test('an API key needs no nonce of the server', async () => {
  const { gate, request } = setUp({ sessionNonces }, { isSession: false })
  expect(await gate.decide(await request('any'))).toMatchObject({ allowed: { isSession: undefined } })
  expect(await gate.decide(await request(undefined))).toHaveProperty('allowed')
})
