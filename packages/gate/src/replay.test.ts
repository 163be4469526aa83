import { makeNonce, signRequestMessage } from '@countersign/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { names, newPair, newRecord, newRequest, type Pair, signedHeaders, type TestHeaders } from '../test/fixtures.ts'
import type { Decision } from './decision.ts'
import { createGate } from './gate.ts'
import type { GateOptions } from './gate-options.ts'
import { createMemoryKeySource } from './memory.ts'
import { createMemoryAdmission } from './memory-admission.ts'
import type { KeyRecord } from './ports.ts'
import type { Rule } from './rules.ts'

const NOW = 1_703_123_456_000
const CLOCKS = { wallMs: () => NOW, monotonicMs: () => 0 }
const BUY = new TextEncoder().encode('{"side":"buy"}')
const SELL = new TextEncoder().encode('{"side":"sell"}')

let rsa: Pair
let ed25519: Pair

beforeAll(async () => {
  rsa = await newPair('rsa')
  ed25519 = await newPair('ed25519')
})

interface Sent {
  readonly method?: string
  readonly target?: string
  readonly headers?: TestHeaders
  readonly body?: Uint8Array | undefined
  readonly timestampMs?: number
  readonly nonce?: string
}

/** A gate that started half a minute ago, and two ways to send it requests of one key. */
function setUp(pair: Pair, changes: Partial<KeyRecord> = {}, options: Partial<GateOptions> = {}) {
  const keys = createMemoryKeySource()
  const record = newRecord(pair.verifying, changes)
  keys.put(record)
  const admission = createMemoryAdmission({ startedAtMs: NOW - 30_000, maxClaims: 10_000, clocks: CLOCKS })
  const gate = createGate({ keys, now: () => NOW, admission, ...options })
  const decide = (method: string, target: string, headers: TestHeaders, body: Uint8Array | undefined, rule?: Rule) =>
    gate.decide({ ...newRequest(method, target, headers), ...(body && { body }) }, rule)
  const signed = async ({ method = 'POST', target = '/orders', timestampMs = NOW }: Sent = {}) =>
    signedHeaders(record, pair.signing, { method, target, timestampMs })
  const send = async (sent: Sent = {}, rule?: Rule) => {
    const { method = 'POST', target = '/orders', headers, body } = sent
    return decide(method, target, { ...(await signed(sent)), ...headers }, body, rule)
  }
  const sendMessage = async ({ nonce = makeNonce(), timestampMs = NOW, body }: Sent = {}, rule?: Rule) => {
    const headers = await signRequestMessage({
      keyId: record.keyId,
      key: pair.signing,
      method: 'POST',
      target: '/orders',
      authority: 'api.example.com',
      scheme: 'https',
      createdSeconds: timestampMs / 1000,
      nonce,
      ...(body && { body }),
    })
    return decide('POST', '/orders', { host: 'api.example.com', ...headers }, body, rule)
  }
  return { gate, keys, record, admission, decide, signed, send, sendMessage }
}

const outcomeOf = (decision: Decision) => ('denied' in decision ? decision.denied : 'allowed')

function tally(decisions: readonly Decision[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const decision of decisions) counts[outcomeOf(decision)] = (counts[outcomeOf(decision)] ?? 0) + 1
  return counts
}

describe('one signature', () => {
  test('of an RSA key, two hundred copies at once in every spelling of its base64: one is allowed', async () => {
    const { decide, signed } = setUp(rsa)
    const headers = await signed()
    const spellings = spellingsOf(String(headers[names.signature]))
    expect(spellings.length).toBeGreaterThan(25)
    const decisions = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const signature = spellings[i % spellings.length]
        const body = i % 3 === 0 ? BUY : i % 3 === 1 ? SELL : undefined
        return decide('POST', `/orders${i % 2 === 0 ? '' : '?a=1'}`, { ...headers, [names.signature]: signature }, body)
      }),
    )
    const counts = tally(decisions)
    const canonical = Math.ceil(200 / spellings.length)
    expect(counts).toEqual({
      allowed: 1,
      signature_already_used: canonical - 1,
      signature_incorrect: 200 - canonical,
    })
  })

  test('used before is told to its holder', async () => {
    const { decide, signed, record } = setUp(rsa)
    const headers = await signed()
    expect(await decide('POST', '/orders', headers, undefined)).toHaveProperty('allowed')
    expect(await decide('POST', '/orders', headers, undefined)).toEqual({
      denied: 'signature_already_used',
      provenKeyId: record.keyId,
      provenAccountId: record.accountId,
    })
  })

  test('of one key does not count for another', async () => {
    const { keys, decide, signed } = setUp(ed25519)
    const twin = newRecord(ed25519.verifying)
    keys.put(twin)
    const headers = await signed()
    expect(await decide('POST', '/orders', headers, BUY)).toHaveProperty('allowed')
    expect(await decide('POST', '/orders', { ...headers, [names.keyId]: twin.keyId }, BUY)).toHaveProperty('allowed')
  })

  test('that was refused for its scope was not used', async () => {
    const { decide, signed } = setUp(rsa)
    const headers = await signed()
    const refused = await decide('POST', '/orders', headers, undefined, { scope: 'other' })
    expect(refused).toHaveProperty('denied', 'insufficient_scope')
    expect(await decide('POST', '/orders', headers, undefined)).toHaveProperty('allowed')
  })

  test('two made by an RSA key over one text are two', async () => {
    const { send } = setUp(rsa)
    expect(tally(await Promise.all([send(), send()]))).toEqual({ allowed: 2 })
  })
})

describe('Ed25519, two different orders signed in one millisecond', () => {
  test('are both allowed where the body is at hand, their copies refused', async () => {
    const { send } = setUp(ed25519)
    const decisions = await Promise.all([send({ body: BUY }), send({ body: SELL })])
    expect(tally(decisions)).toEqual({ allowed: 2 })
    const copies = await Promise.all([BUY, SELL, BUY, SELL].map((body) => send({ body })))
    expect(tally(copies)).toEqual({ signature_already_used: 4 })
  })

  test('an empty body at hand is a body', async () => {
    const { send } = setUp(ed25519)
    const body = new Uint8Array(0)
    expect([outcomeOf(await send({ body })), outcomeOf(await send({ body }))]).toEqual([
      'allowed',
      'signature_already_used',
    ])
  })

  test('are both allowed where it is not, and so are copies, since nothing tells them apart', async () => {
    const { send, admission } = setUp(ed25519)
    expect(tally(await Promise.all([send(), send(), send()]))).toEqual({ allowed: 3 })
    expect(admission.claims).toBe(0)
  })

  describe.each(['strict', 'all'] as const)('replay %s', (replay) => {
    const rule: Rule = { scope: 'write', replay }

    test.each([
      ['no body read', [undefined, undefined]],
      ['different bodies', [BUY, SELL]],
      ['a body read of one only', [undefined, SELL]],
    ])('claims the signature alone: %s', async (_, [first, second]) => {
      const { send } = setUp(ed25519)
      expect(outcomeOf(await send({ body: first }, rule))).toBe('allowed')
      expect(outcomeOf(await send({ body: second }, rule))).toBe('signature_already_used')
      expect(outcomeOf(await send({ body: first, timestampMs: NOW + 1 }, rule))).toBe('allowed')
    })
  })

  test.each<[string, Sent]>([
    ['an upgrade', { method: 'GET', headers: { upgrade: 'websocket' } }],
    ['a DELETE', { method: 'DELETE' }],
  ])('%s claims the signature alone, with any body or none', async (_, sent) => {
    const { send } = setUp(ed25519)
    expect(outcomeOf(await send(sent))).toBe('allowed')
    for (const body of [undefined, BUY, new Uint8Array(0)]) {
      expect(outcomeOf(await send({ ...sent, body }))).toBe('signature_already_used')
    }
  })
})

describe('RFC 9421', () => {
  test.each([
    ['rsa', () => rsa],
    ['ed25519', () => ed25519],
  ])('%s: a nonce counts once, whatever is signed with it, body at hand or not', async (_, pair) => {
    const { sendMessage } = setUp(pair())
    const nonce = makeNonce()
    expect(outcomeOf(await sendMessage({ nonce, body: BUY }))).toBe('allowed')
    expect(outcomeOf(await sendMessage({ nonce, body: BUY }))).toBe('signature_already_used')
    expect(outcomeOf(await sendMessage({ nonce, body: SELL }))).toBe('signature_already_used')
    expect(outcomeOf(await sendMessage({ nonce }))).toBe('signature_already_used')
    expect(outcomeOf(await sendMessage({ nonce, timestampMs: NOW + 7_000 }))).toBe('signature_already_used')
    expect(outcomeOf(await sendMessage({ nonce, timestampMs: NOW - 7_000 }))).toBe('signature_already_used')
    expect(outcomeOf(await sendMessage({ body: BUY }))).toBe('allowed')
  })

  test('a nonce of one key does not count for another, nor for access headers', async () => {
    const { keys, gate, record, sendMessage, send } = setUp(ed25519)
    const nonce = makeNonce()
    expect(outcomeOf(await sendMessage({ nonce }))).toBe('allowed')
    const other = setUp(ed25519, {}, { admission: createMemoryAdmission({ startedAtMs: 0, clocks: CLOCKS }) })
    keys.put(other.record)
    expect(other.record.keyId).not.toBe(record.keyId)
    expect(outcomeOf(await other.sendMessage({ nonce }))).toBe('allowed')
    expect(outcomeOf(await send({ body: BUY }))).toBe('allowed')
    expect(gate).toBeDefined()
  })

  test('two hundred copies at once: one is allowed', async () => {
    const { sendMessage } = setUp(ed25519)
    const nonce = makeNonce()
    const decisions = await Promise.all(Array.from({ length: 200 }, () => sendMessage({ nonce, body: BUY })))
    expect(tally(decisions)).toEqual({ allowed: 1, signature_already_used: 199 })
  })
})

describe('what is claimed', () => {
  const twice = async (pair: Pair, sent: Sent, rule?: Rule) => {
    const { decide, signed } = setUp(pair)
    const { method = 'POST', target = '/orders' } = sent
    const headers = { ...(await signed(sent)), ...sent.headers }
    const decisions = [await decide(method, target, headers, undefined, rule)]
    decisions.push(await decide(method, target, headers, undefined, rule))
    return decisions.map(outcomeOf)
  }
  const ONCE = ['allowed', 'signature_already_used']
  const EVERY_TIME = ['allowed', 'allowed']

  test.each<[string, Sent, Rule | undefined, string[]]>([
    ['POST', {}, undefined, ONCE],
    ['PUT', { method: 'PUT' }, undefined, ONCE],
    ['DELETE', { method: 'DELETE' }, undefined, ONCE],
    ['PURGE', { method: 'PURGE' }, undefined, ONCE],
    ['GET', { method: 'GET' }, undefined, EVERY_TIME],
    ['HEAD', { method: 'HEAD' }, undefined, EVERY_TIME],
    ['OPTIONS', { method: 'OPTIONS' }, undefined, EVERY_TIME],
    ['a WebSocket upgrade', { method: 'GET', headers: { upgrade: 'websocket' } }, undefined, ONCE],
    ['an upgrade given twice', { method: 'GET', headers: { upgrade: ['websocket', 'h2c'] } }, undefined, ONCE],
    ['POST, replay off', {}, { replay: 'off' }, EVERY_TIME],
    ['an upgrade, replay off', { method: 'GET', headers: { upgrade: 'websocket' } }, { replay: 'off' }, EVERY_TIME],
    ['GET, replay all', { method: 'GET' }, { replay: 'all' }, ONCE],
    ['OPTIONS, replay all', { method: 'OPTIONS' }, { replay: 'all' }, ONCE],
    ['GET, replay strict', { method: 'GET' }, { replay: 'strict' }, EVERY_TIME],
    ['POST, replay strict', {}, { replay: 'strict' }, ONCE],
  ])('%s', async (_, sent, rule, expected) => {
    for (const pair of [rsa, ed25519]) {
      // A POST of Ed25519 is claimed with its body only, by default.
      if (pair === ed25519 && !rule && sent.method !== 'DELETE' && !sent.headers) continue
      expect(await twice(pair, sent, rule ?? { scope: 'write' })).toEqual(expected)
    }
  })

  test('counts until the signature could no longer pass, on the slowest of several clocks', async () => {
    const ends: (number | undefined)[] = []
    const admission = {
      admit: ({ claim }: { claim?: { untilMs: number } }) => {
        ends.push(claim?.untilMs)
        return { outcome: 'admitted' } as const
      },
    }
    const { send } = setUp(rsa, {}, { admission, windowMs: 10_000 })
    await send({ timestampMs: NOW - 9_000 })
    await send({ timestampMs: NOW + 9_000 })
    await send({ method: 'GET' })
    expect(ends).toEqual([NOW + 1_000 + 5_000, NOW + 19_000 + 5_000, undefined])
  })
})

describe('after a restart', () => {
  const startedAtMs = NOW - 1_000

  test.each<[string, Sent, Rule | undefined, string]>([
    ['a POST signed before', { timestampMs: startedAtMs - 1 }, undefined, 'timestamp_expired'],
    ['a POST signed since', { timestampMs: startedAtMs }, undefined, 'allowed'],
    ['a GET signed before', { timestampMs: startedAtMs - 1, method: 'GET' }, undefined, 'allowed'],
    ['a POST signed before, replay off', { timestampMs: startedAtMs - 1 }, { replay: 'off' }, 'allowed'],
    [
      'a GET signed before, replay all',
      { timestampMs: startedAtMs - 1, method: 'GET' },
      { replay: 'all' },
      'timestamp_expired',
    ],
  ])('%s', async (_, sent, rule, expected) => {
    const admission = createMemoryAdmission({ startedAtMs, clocks: CLOCKS })
    expect(outcomeOf(await setUp(rsa, {}, { admission }).send(sent, rule))).toBe(expected)
  })

  test('a gate whose admission nobody made starts when it is made', async () => {
    const { keys, signed } = setUp(rsa)
    const gate = createGate({ keys, now: () => NOW })
    const decide = async (timestampMs: number) =>
      outcomeOf(await gate.decide(newRequest('POST', '/orders', await signed({ timestampMs }))))
    expect([await decide(NOW - 25_000), await decide(NOW)]).toEqual(['timestamp_expired', 'allowed'])
  })
})

test('a customer over its limit that floods leaves the claims bounded and the others alone', async () => {
  const bucketsOf = () => ({
    read: { capacity: 100, refillPerSecond: 1 },
    write: { capacity: 100, refillPerSecond: 1 },
  })
  const { keys, admission, send, gate } = setUp(ed25519, {}, { bucketsOf })
  const flood = await Promise.all(Array.from({ length: 2_000 }, (_, i) => send({ body: BUY, timestampMs: NOW - i })))
  expect(tally(flood)).toEqual({ allowed: 10, too_many_requests: 1_990 })
  expect(admission.claims).toBe(10)
  expect(flood.at(-1)).toMatchObject({ denied: 'too_many_requests', retryAfterSeconds: 10, limit: { name: 'write' } })
  const other = newRecord(ed25519.verifying)
  keys.put(other)
  for (let i = 0; i < 10; i++) {
    const headers = await signedHeaders(other, ed25519.signing, { method: 'POST', timestampMs: NOW - i })
    expect(await gate.decide({ ...newRequest('POST', '/orders', headers), body: BUY })).toHaveProperty('allowed')
  }
})

/** Other texts that a lenient decoder reads as the same bytes; the canonical one first. */
function spellingsOf(signature: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const bare = signature.replaceAll('=', '')
  const unusedBits = bare.length % 4 === 2 ? 16 : bare.length % 4 === 3 ? 4 : 1
  const last = alphabet.indexOf(bare.at(-1) ?? '')
  const lastSpelled = Array.from({ length: unusedBits - 1 }, (_, i) => alphabet.charAt(last + i + 1))
  const urlSafe = signature.replaceAll('+', '-').replaceAll('/', '_')
  const spellings = [
    signature,
    bare,
    `${bare}=`,
    `${signature}=`,
    `${signature}\n`,
    `${signature} `,
    ` ${signature}`,
    `${signature.slice(0, 64)}\n${signature.slice(64)}`,
    `${signature.slice(0, 64)} ${signature.slice(64)}`,
    `${signature}====`,
    `${signature}AAAA`,
    `"${signature}"`,
    `:${signature}:`,
    `${signature},${signature}`,
    `${signature}\u0000`,
    Buffer.from(signature, 'base64').toString('hex'),
    urlSafe.replaceAll('=', ''),
    ...lastSpelled.map((character) => bare.slice(0, -1) + character + signature.slice(bare.length)),
  ]
  return [...new Set(spellings)].filter((text, i) => i === 0 || text !== signature)
}
