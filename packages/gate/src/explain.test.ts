import { beforeAll, describe, expect, test } from 'vitest'
import { newPair, newRecord, newRequest, type Pair, signedHeaders } from '../test/fixtures.ts'
import type { Explanation } from './decision.ts'
import type { Explain } from './explain.ts'
import { createGate } from './gate.ts'
import { createMemoryKeySource } from './memory.ts'
import { parseNetwork } from './network.ts'
import type { KeyRecord } from './ports.ts'
import { refusalReply } from './refusal-reply.ts'

const NOW = 1_703_123_456_789
const SIGNATURE: Explanation = {
  cause: 'query_signed',
  hint: 'Sign the path only.',
  signedText: 'a',
  expectedText: 'b',
}
const TIME: Explanation = { cause: 'clock_behind', hint: 'Set the clock.' }

let pair: Pair
beforeAll(async () => {
  pair = await newPair('ed25519')
})

/** A gate with a doctor that finds something in everything, and notes what it was asked. */
function setUp(changes: Partial<KeyRecord> = {}) {
  const asked: string[] = []
  const explain: Explain = {
    sent: (refused) => {
      asked.push(refused)
      return refused === 'timestamp_expired' ? TIME : undefined
    },
    signature: async (_, { keyId }) => {
      asked.push(keyId)
      return SIGNATURE
    },
  }
  const keys = createMemoryKeySource()
  const record = newRecord(pair.verifying, changes)
  keys.put(record)
  const gate = createGate({ keys, explain, now: () => NOW })
  const decide = async (target: string, timestampMs = NOW) =>
    gate.decide(
      newRequest('GET', target, await signedHeaders(record, pair.signing, { timestampMs, target: '/orders' })),
    )
  return { decide, asked, record }
}

describe('a gate that explains', () => {
  test('says what is wrong with a signature, and whose it provably is', async () => {
    const { decide, record } = setUp()
    expect(await decide('/other')).toEqual({
      denied: 'signature_incorrect',
      diagnosis: SIGNATURE,
      provenKeyId: record.keyId,
      provenAccountId: record.accountId,
    })
  })

  test.each<[string, Partial<KeyRecord>]>([
    ['disabled', { state: 'disabled' }],
    ['revoked', { state: 'revoked' }],
    ['expired', { expiresAtMs: NOW - 1 }],
    ['of a suspended account', { accountSuspended: true }],
    ['used from elsewhere', { ipAllowlist: [networkOf('198.51.100.0/24')] }],
  ])('looks for it all the same where the key is %s, and does not tell', async (_, changes) => {
    const { decide, asked, record } = setUp(changes)
    expect(await decide('/other')).toEqual({ denied: 'signature_incorrect' })
    expect(asked).toEqual([record.keyId, 'signature_incorrect'])
  })

  test('says what is wrong with a time, without a look at the key', async () => {
    const { decide, asked } = setUp()
    expect(await decide('/orders', NOW - 40_000)).toEqual({ denied: 'timestamp_expired', diagnosis: TIME })
    expect(asked).toEqual(['timestamp_expired'])
  })

  test('is not asked where a request is right, or its key unknown', async () => {
    const { decide, asked } = setUp()
    expect(await decide('/orders')).toHaveProperty('allowed')
    const { decide: ask, asked: askedOf, record } = setUp()
    expect(record.keyId).toBeDefined()
    expect(await ask('/orders?a=b')).toHaveProperty('allowed')
    expect([asked, askedOf]).toEqual([[], []])
  })
})

test('an answer holds cause and hint, and no text that was signed', async () => {
  const { body } = refusalReply({ denied: 'signature_incorrect', diagnosis: SIGNATURE, provenKeyId: 'k' })
  expect(JSON.parse(body)).toEqual({
    error: { code: 'authentication_error', message: 'authentication_error', details: 'INCORRECT_API_KEY_SIGNATURE' },
    diagnosis: { cause: 'query_signed', hint: 'Sign the path only.' },
  })
})

function networkOf(text: string) {
  const network = parseNetwork(text)
  if ('problem' in network) throw new Error(network.problem)
  return network
}
