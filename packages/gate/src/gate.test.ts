import { beforeAll, describe, expect, test } from 'vitest'
import { names, newPair, newRecord, newRequest, type Pair, signedHeaders, type TestHeaders } from '../test/fixtures.ts'
import { createGate } from './gate.ts'
import { createMemoryKeySource } from './memory.ts'
import { type Network, parseNetwork } from './network.ts'
import type { KeyRecord } from './ports.ts'
import type { Rule, Rules } from './rules.ts'

const NOW = 1_703_123_456_789
const UNKNOWN_ID = '6f3bebf7-eaef-42a5-8c34-ab8873c1d431'

let rsa: Pair
let ed25519: Pair

beforeAll(async () => {
  rsa = await newPair('rsa')
  ed25519 = await newPair('ed25519')
})

/** A gate that knows one key, and a way to ask it. */
function setUp(changes: Partial<KeyRecord> = {}, pair = ed25519) {
  const keys = createMemoryKeySource()
  const record = newRecord(pair.verifying, changes)
  keys.put(record)
  const gate = createGate({ keys, now: () => NOW })
  const headers = (over: TestHeaders = {}, signed = {}) =>
    signedHeaders(record, pair.signing, { timestampMs: NOW, ...signed }).then((made) => ({ ...made, ...over }))
  const ask = async (
    over: TestHeaders = {},
    { method = 'GET', target = '/orders' } = {},
    signed = { method, target },
  ) => gate.decide(newRequest(method, target, await headers(over, signed)))
  return { gate, keys, record, headers, ask }
}

describe('a public prefix', () => {
  const seen: string[] = []
  const decide = async (signedTarget: string, target: string, rule?: Rule) => {
    const { keys, headers } = setUp()
    const rules: Rules = (_, path) => {
      seen.push(path)
      return { scope: 'read' }
    }
    const gate = createGate({ keys, rules, publicPrefix: '/gw', now: () => NOW })
    const request = newRequest('GET', target, await headers({}, { method: 'GET', target: signedTarget }))
    return gate.decide(request, rule)
  }

  test('is signed, and no rule sees it', async () => {
    seen.length = 0
    expect(await decide('/gw/orders', '/orders?a=1')).toHaveProperty('allowed')
    expect(seen).toEqual(['/orders'])
  })

  test.each(['/orders', '/other/orders', '/gw/gw/orders'])('signed %s instead', async (signed) => {
    expect(await decide(signed, '/orders')).toHaveProperty('denied', 'signature_incorrect')
  })

  test('does not make an unclear target a clear one', async () => {
    for (const target of ['', 'orders', '//orders', '*']) {
      expect(await decide(`/gw${target}`, target)).toHaveProperty('denied', 'target_not_canonical')
    }
  })

  test('is not signed on a route inside the network', async () => {
    expect(await decide('/orders', '/orders', { isInternal: true })).toHaveProperty('allowed')
    expect(await decide('/gw/orders', '/orders', { isInternal: true })).toHaveProperty('denied', 'signature_incorrect')
  })
})

describe('allowed', () => {
  test.each([
    ['rsa', () => rsa],
    ['ed25519', () => ed25519],
  ])('a signature of an %s key, with the principal behind it', async (_, pair) => {
    const { ask, record } = setUp({ subaccount: 4, externalId: 'cus_1042' }, pair())
    expect(await ask()).toEqual({
      allowed: {
        accountId: record.accountId,
        externalId: 'cus_1042',
        keyId: record.keyId,
        scopes: ['read', 'write'],
        subaccount: 4,
        tier: 'basic',
        profile: 'access-headers',
      },
    })
  })

  test('a query that was not signed', async () => {
    expect(await setUp().ask({}, { method: 'GET', target: '/orders?a=//%2e' })).toHaveProperty('allowed')
  })

  test.each([30_000, -30_000])('a timestamp %i ms off', async (offsetMs) => {
    const { gate, headers } = setUp()
    const request = newRequest('GET', '/orders', await headers({}, { timestampMs: NOW + offsetMs }))
    expect(await gate.decide(request)).toHaveProperty('allowed')
  })

  test('two hundred requests at once, each with its own verdict', async () => {
    const { gate, headers } = setUp()
    const good = newRequest('GET', '/orders', await headers())
    const bad = newRequest('GET', '/other', await headers())
    const decisions = await Promise.all(Array.from({ length: 200 }, (_, i) => gate.decide(i % 3 === 0 ? bad : good)))
    for (const [i, decision] of decisions.entries()) {
      expect(decision).toHaveProperty(i % 3 === 0 ? 'denied' : 'allowed')
    }
  })
})

describe('headers', () => {
  const absent = undefined
  test.each<[string, TestHeaders, string]>([
    [
      'none of the three',
      { [names.keyId]: absent, [names.timestamp]: absent, [names.signature]: absent },
      'credentials_missing',
    ],
    ['all three empty', { [names.keyId]: '', [names.timestamp]: '', [names.signature]: '' }, 'credentials_missing'],
    ['no signature', { [names.signature]: absent }, 'signature_missing'],
    ['an empty signature', { [names.signature]: '' }, 'signature_missing'],
    ['no timestamp', { [names.timestamp]: absent }, 'timestamp_missing'],
    ['no key id', { [names.keyId]: absent }, 'credentials_missing'],
    ['a timestamp of 12 digits', { [names.timestamp]: '170312345678' }, 'timestamp_invalid'],
    ['a timestamp of 14 digits', { [names.timestamp]: '17031234567890' }, 'timestamp_invalid'],
    ['a signed timestamp', { [names.timestamp]: '+703123456789' }, 'timestamp_invalid'],
    ['a timestamp with a space', { [names.timestamp]: ' 1703123456789' }, 'timestamp_invalid'],
    ['a timestamp in other digits', { [names.timestamp]: '١٧٠٣١٢٣٤٥٦٧٨٩' }, 'timestamp_invalid'],
    ['a timestamp in seconds', { [names.timestamp]: '1703123456' }, 'timestamp_expired'],
    ['the key id twice', { [names.keyId]: [UNKNOWN_ID, UNKNOWN_ID] }, 'duplicate_header'],
    ['the timestamp twice', { [names.timestamp]: [`${NOW}`, `${NOW}`] }, 'duplicate_header'],
    ['the signature twice', { [names.signature]: ['a', 'a'] }, 'duplicate_header'],
    ['an unknown key id', { [names.keyId]: UNKNOWN_ID }, 'key_not_found'],
    ['a malformed key id', { [names.keyId]: 'x' }, 'key_not_found'],
    ['a signature that is not base64', { [names.signature]: '!!!!' }, 'signature_incorrect'],
    ['a signature of a wrong length', { [names.signature]: 'AAAA' }, 'signature_incorrect'],
  ])('%s', async (_, over, refusal) => {
    expect(await setUp().ask(over)).toMatchObject({ denied: refusal })
  })

  test('the key id in upper case is another, unknown one', async () => {
    const { ask, record } = setUp()
    expect(await ask({ [names.keyId]: record.keyId.toUpperCase() })).toMatchObject({ denied: 'key_not_found' })
  })

  test('another prefix has its own header names, and the default ones count for nothing', async () => {
    const { keys, record, headers } = setUp()
    const own = { keyId: 'acme-access-key', timestamp: 'acme-access-timestamp', signature: 'acme-access-signature' }
    const gate = createGate({ keys, now: () => NOW, headerNames: own })
    const made = await headers()
    const renamed = {
      [own.keyId]: record.keyId,
      [own.timestamp]: made[names.timestamp],
      [own.signature]: made[names.signature],
    }
    expect(await gate.decide(newRequest('GET', '/orders', renamed))).toHaveProperty('allowed')
    expect(await gate.decide(newRequest('GET', '/orders', made))).toMatchObject({ denied: 'credentials_missing' })
  })
})

describe('time window', () => {
  test.each([30_001, -30_001, 300_000])('a timestamp %i ms off is refused', async (offsetMs) => {
    const { gate, headers } = setUp()
    const request = newRequest('GET', '/orders', await headers({}, { timestampMs: NOW + offsetMs }))
    expect(await gate.decide(request)).toEqual({ denied: 'timestamp_expired' })
  })

  test('is configuration', async () => {
    const { keys, headers } = setUp()
    const gate = createGate({ keys, now: () => NOW, windowMs: 1_000 })
    const request = async (timestampMs: number) => newRequest('GET', '/orders', await headers({}, { timestampMs }))
    expect(await gate.decide(await request(NOW - 1_000))).toHaveProperty('allowed')
    expect(await gate.decide(await request(NOW - 1_001))).toHaveProperty('denied', 'timestamp_expired')
  })
})

describe('signature', () => {
  test.each([
    ['another method', { method: 'POST', target: '/orders' }],
    ['another path', { method: 'GET', target: '/order' }],
    ['a trailing slash', { method: 'GET', target: '/orders/' }],
    ['another case', { method: 'GET', target: '/Orders' }],
  ])('over %s is refused', async (_, signed) => {
    expect(await setUp().ask({}, { method: 'GET', target: '/orders' }, signed)).toEqual({
      denied: 'signature_incorrect',
    })
  })

  test('of another key of the same account is refused', async () => {
    const { keys, record, headers, gate } = setUp()
    const other = newRecord(rsa.verifying, { accountId: record.accountId })
    keys.put(other)
    const request = newRequest('GET', '/orders', await headers({ [names.keyId]: other.keyId }))
    expect(await gate.decide(request)).toEqual({ denied: 'signature_incorrect' })
  })

  test('in a second spelling of its base64 is refused', async () => {
    const { ask, headers } = setUp()
    const spelled = String((await headers())[names.signature])
    expect(await ask({ [names.signature]: spelled })).toHaveProperty('allowed')
    for (const other of [`${spelled} `, spelled.replaceAll('=', ''), `${spelled}\n`, `${spelled}AAAA`]) {
      expect(await ask({ [names.signature]: other })).toHaveProperty('denied', 'signature_incorrect')
    }
  })
})

describe('key state, told only to whoever holds the private key', () => {
  test.each<[string, Partial<KeyRecord>, string]>([
    ['disabled', { state: 'disabled' }, 'key_disabled'],
    ['revoked', { state: 'revoked' }, 'key_revoked'],
    ['expired', { expiresAtMs: NOW }, 'key_expired'],
    ['account suspended', { accountSuspended: true }, 'account_suspended'],
    ['profile below the minimum', { minimumProfile: 'http-message-signatures' }, 'profile_not_accepted'],
    ['revoked and expired', { state: 'revoked', expiresAtMs: 0 }, 'key_revoked'],
  ])('%s', async (_, changes, refusal) => {
    const { ask, record } = setUp(changes)
    expect(await ask()).toMatchObject({ denied: refusal, provenKeyId: record.keyId, provenAccountId: record.accountId })
    expect(await ask({ [names.signature]: 'AAAA' })).toEqual({ denied: 'signature_incorrect' })
  })

  test('a key counts until the millisecond of its expiry', async () => {
    expect(await setUp({ expiresAtMs: NOW + 1 }).ask()).toHaveProperty('allowed')
  })

  test('a minimum of access-headers accepts both profiles', async () => {
    expect(await setUp({ minimumProfile: 'access-headers' }).ask()).toHaveProperty('allowed')
  })
})

describe('scope', () => {
  test.each([
    [['read'], 'GET', 'allowed'],
    [['read'], 'HEAD', 'allowed'],
    [['read'], 'POST', 'denied'],
    [['read'], 'DELETE', 'denied'],
    [['read'], 'OPTIONS', 'denied'],
    [['write::trade'], 'POST', 'denied'],
    [['read::portfolio_balance'], 'GET', 'denied'],
  ])('%j on %s without rules: %s', async (scopes, method, outcome) => {
    expect(await setUp({ scopes }).ask({}, { method, target: '/orders' })).toHaveProperty(outcome)
  })

  test('a parent grants its child, a child no other child', async () => {
    const decide = async (scopes: string[]) => {
      const { keys, headers } = setUp({ scopes })
      const gate = createGate({ keys, now: () => NOW, rules: () => ({ scope: 'write::trade' }) })
      return gate.decide(newRequest('POST', '/orders', await headers({}, { method: 'POST' })))
    }
    expect(await decide(['read', 'write'])).toHaveProperty('allowed')
    expect(await decide(['write::trade'])).toHaveProperty('allowed')
    expect(await decide(['write::transfer'])).toMatchObject({ denied: 'insufficient_scope', details: 'write::trade' })
  })

  test('what no rule matches is refused, and the rule sees the path without the query', async () => {
    const { keys, headers } = setUp()
    const seen: string[] = []
    const gate = createGate({
      keys,
      now: () => NOW,
      rules: (method, path) => {
        seen.push(`${method} ${path}`)
        return undefined
      },
    })
    expect(await gate.decide(newRequest('GET', '/orders?x=1', await headers()))).toHaveProperty(
      'denied',
      'route_not_allowed',
    )
    expect(seen).toEqual(['GET /orders'])
  })
})

describe('address and query, once the signature verified', () => {
  const ipAllowlist = [parseNetwork('203.0.113.0/24') as Network]

  test('a key with an allowlist is good from there only', async () => {
    const { gate, headers, record } = setUp({ ipAllowlist })
    const request = newRequest('GET', '/orders', await headers())
    expect(await gate.decide({ ...request, ip: '203.0.113.9' })).toHaveProperty('allowed')
    expect(await gate.decide(request)).toEqual({
      denied: 'ip_not_allowed',
      provenKeyId: record.keyId,
      provenAccountId: record.accountId,
    })
  })

  test('a forger is not told of the allowlist', async () => {
    expect(await setUp({ ipAllowlist }).ask({ [names.signature]: 'AAAA' })).toEqual({ denied: 'signature_incorrect' })
  })

  test('a rule may refuse queries', async () => {
    const { gate, headers } = setUp()
    const rule = { scope: 'read', query: 'refuse' } as const
    expect(await gate.decide(newRequest('GET', '/orders', await headers()), rule)).toHaveProperty('allowed')
    expect(await gate.decide(newRequest('GET', '/orders?a=1', await headers()), rule)).toMatchObject({
      denied: 'route_not_allowed',
      details: 'this route takes no query',
    })
  })
})

test('a key source that does not answer is told as such, and its faults are thrown', async () => {
  const { record, headers } = setUp()
  const request = newRequest('GET', '/orders', await headers({ [names.keyId]: record.keyId }))
  const away = createGate({ keys: { find: () => 'unavailable' }, now: () => NOW })
  expect(await away.decide(request)).toEqual({ denied: 'service_unavailable' })
  const fault = new Error('a fault')
  const broken = createGate({ keys: { find: () => Promise.reject(fault) }, now: () => NOW })
  await expect(broken.decide(request)).rejects.toBe(fault)
})

test('a verification that faults rejects its own decision and no other', async () => {
  const { keys, record, headers, gate } = setUp()
  const fault = new Error('a fault')
  const broken = newRecord({
    ...ed25519.verifying,
    verify: () => {
      throw fault
    },
  })
  keys.put(broken)
  const good = gate.decide(newRequest('GET', '/orders', await headers()))
  const bad = gate.decide(newRequest('GET', '/orders', await headers({ [names.keyId]: broken.keyId })))
  await expect(bad).rejects.toBe(fault)
  expect(await good).toMatchObject({ allowed: { keyId: record.keyId } })
})
