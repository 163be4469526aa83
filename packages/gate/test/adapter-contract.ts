import { createHash } from 'node:crypto'
import {
  encodeUtf8,
  makeNonce,
  REFUSALS,
  type RefusalName,
  refusalBody,
  signRequest,
  signRequestMessage,
} from '@countersign/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  compileRules,
  createFailureBudget,
  createGate,
  createMemoryAdmission,
  createMemoryKeySource,
  type Gate,
  type GateOptions,
  type KeyRecord,
  type Network,
  parseNetwork,
} from '../src/index.ts'
import { newPair, newRecord, type Pair, type TestHeaders } from './fixtures.ts'
import { type Answer, type Sent, send } from './send.ts'

/** A server behind an adapter. */
export interface Served {
  readonly port: number
  close(): Promise<unknown>
}

/**
 * Starts a server on 127.0.0.1 that has the gate before all its routes. At `/orders`, GET and POST, it answers with
 * `seenBy` of the principal and the body that its handler has; it takes bodies of BODY_LIMIT_BYTES.
 */
export type StartServer = (gate: Gate) => Promise<Served>

/** The largest body that the servers take. */
export const BODY_LIMIT_BYTES = 200_000

/** What a handler of the servers answers with. */
export function seenBy(principal: unknown, body: Uint8Array | undefined) {
  const sha256 = createHash('sha256').update(body ?? '')
  return { principal, length: body?.length ?? 0, sha256: sha256.digest('hex') }
}

const NOW_MS = 1_764_000_000_000
const ORDER = encodeUtf8('{"side":"buy","count":10}')

/** What every adapter does alike, over HTTP. */
export function describeAdapter(name: string, startServer: StartServer): void {
  describe(name, () => {
    const keys = createMemoryKeySource()
    const pairs = new Map<string, Pair>()
    let gate: Gate
    let server: Served

    const open = (changes: Partial<GateOptions> = {}) =>
      createGate({ ...OPTIONS, keys, admission: admission(), ...changes })
    /** The server keeps one gate; each test has its own behind it. */
    const standing: Gate = {
      decide: (request, rule) => gate.decide(request, rule),
      recheck: (principal, request, rule) => gate.recheck(principal, request, rule),
    }

    beforeAll(async () => {
      pairs.set('rsa', await newPair('rsa'))
      pairs.set('ed25519', await newPair('ed25519'))
      server = await startServer(standing)
    })
    afterAll(() => server?.close())

    function given(keyType: 'rsa' | 'ed25519', changes: Partial<KeyRecord> = {}): KeyRecord {
      const record = newRecord(pairOf(keyType).verifying, changes)
      keys.put(record)
      return record
    }

    function pairOf(keyType: string): Pair {
      const pair = pairs.get(keyType)
      if (!pair) throw new Error(`no pair of the type ${keyType}`)
      return pair
    }

    /** The three headers. */
    function access({ keyId, key }: KeyRecord, { method = 'GET', target = '/orders', timestampMs = NOW_MS } = {}) {
      return signRequest({ keyId, key: pairOf(key.type).signing, method, target, timestampMs })
    }

    /** The headers of RFC 9421. */
    function message({ keyId, key }: KeyRecord, changes: Partial<ToSign> = {}): Promise<Record<string, string>> {
      const { method = 'GET', target = '/orders', createdSeconds = NOW_MS / 1000, ...more } = changes
      const nonce = method === 'GET' ? {} : { nonce: makeNonce() }
      const authority = `127.0.0.1:${server.port}`
      const { signing } = pairOf(key.type)
      return signRequestMessage({
        keyId,
        key: signing,
        method,
        target,
        authority,
        scheme: 'https',
        createdSeconds,
        ...nonce,
        ...more,
      })
    }

    const ask = (headers: TestHeaders, changes: Partial<Sent> = {}) =>
      send(server.port, { method: 'GET', target: '/orders', headers, ...changes })

    const order = (headers: TestHeaders, body: Uint8Array | readonly Uint8Array[], changes: Partial<Sent> = {}) => {
      const pieces = body instanceof Uint8Array ? [body] : body
      const typed = { 'content-type': 'application/octet-stream', ...headers }
      return ask(typed, { method: 'POST', body: pieces, ...changes })
    }

    describe.each(['rsa', 'ed25519'] as const)('a key of the type %s', (keyType) => {
      test('is let through, and the handler sees whose it is', async () => {
        gate = open()
        const record = given(keyType, {
          externalId: 'customer 7',
          subaccount: 3,
          ipAllowlist: [network('127.0.0.0/8')],
        })
        const { accountId, keyId } = record
        for (const profile of ['access-headers', 'http-message-signatures']) {
          const answer = await ask(await (profile === 'access-headers' ? access(record) : message(record)))
          const principal = {
            accountId,
            keyId,
            externalId: 'customer 7',
            subaccount: 3,
            scopes: ['read', 'write'],
            tier: 'basic',
            profile,
          }
          expect(answer).toMatchObject({ status: 200 })
          expect(JSON.parse(answer.body)).toEqual(seenBy(principal, undefined))
        }
      })

      test('signs a target with a query and escapes', async () => {
        gate = open()
        const record = given(keyType)
        const target = '/orders?limit=5&cursor=a%2Fb%20c'
        expect(await ask(await message(record, { target }), { target })).toMatchObject({ status: 200 })
        expect(await ask(await access(record, { target }), { target })).toMatchObject({ status: 200 })
      })

      const bodies: [string, readonly Uint8Array[], Partial<Sent>][] = [
        ['whole', [ORDER], {}],
        ['in chunks', [ORDER], { isChunked: true }],
        ['in pieces', [ORDER.subarray(0, 5), ORDER.subarray(5)], {}],
        ['as long as it may be', [new Uint8Array(BODY_LIMIT_BYTES).fill(7)], {}],
        ['as long as it may be, in chunks', [new Uint8Array(BODY_LIMIT_BYTES).fill(7)], { isChunked: true }],
        ['empty', [], {}],
        ['empty, in chunks', [], { isChunked: true }],
      ]
      test.each(bodies)('has its body handed on as it came: %s', async (_, pieces, how) => {
        gate = open()
        const record = given(keyType)
        const body = Buffer.concat(pieces)
        const signed = { method: 'POST', ...(body.length > 0 && { body }) }
        const { length, sha256 } = seenBy(undefined, body)
        const answers = [await order(await access(record, { method: 'POST' }), pieces, how)]
        // What comes in chunks may be a body, so a signature must cover it, even where there is none.
        const isSignable = body.length > 0 || !how.isChunked
        if (isSignable) answers.push(await order(await message(record, signed), pieces, how))
        for (const answer of answers) {
          expect(answer).toMatchObject({ status: 200 })
          expect(JSON.parse(answer.body)).toMatchObject({ length, sha256 })
        }
      })

      test('has one of several equal orders admitted', async () => {
        gate = open()
        const headers = await access(given(keyType), { method: 'POST' })
        const answers = await Promise.all(Array.from({ length: 6 }, () => order(headers, ORDER)))
        expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401])
        for (const answer of answers) if (answer.status === 401) expectRefused(answer, 'signature_already_used')
      })

      test('asks the same more than once', async () => {
        gate = open()
        const headers = await access(given(keyType))
        expect(await ask(headers)).toMatchObject({ status: 200 })
        expect(await ask(headers)).toMatchObject({ status: 200 })
      })
    })

    test('two orders of an Ed25519 key in one millisecond differ by their bodies', async () => {
      gate = open()
      const headers = await access(given('ed25519'), { method: 'POST' })
      expect(await order(headers, encodeUtf8('{"side":"buy"}'))).toMatchObject({ status: 200 })
      expect(await order(headers, encodeUtf8('{"side":"sell"}'))).toMatchObject({ status: 200 })
      expectRefused(await order(headers, encodeUtf8('{"side":"buy"}')), 'signature_already_used')
    })

    test.each(['strict', 'all'] as const)('replay %s counts a signature once, whatever its body is', async (replay) => {
      gate = open({ rules: () => ({ replay }) })
      const headers = await access(given('ed25519'), { method: 'POST' })
      const answers = []
      for (const body of ['{"side":"buy"}', '{"side":"sell"}', '']) answers.push(await order(headers, encodeUtf8(body)))
      expect(answers.map(({ status }) => status)).toEqual([200, 401, 401])
      for (const answer of answers.slice(1)) expectRefused(answer, 'signature_already_used')
    })

    test('a public rule lets anybody through, signed or not, and no other request', async () => {
      const rules = compileRules([{ match: 'GET /orders', public: true, query: 'refuse' }, { match: '* /**' }], '')
      gate = open({ rules })
      const wrong = { ...(await access(given('rsa'), { target: '/other' })), 'signature-input': 'no' }
      for (const headers of [{}, wrong, { 'x-countersign-account': 'me' }]) {
        const answer = await ask(headers)
        expect(answer).toMatchObject({ status: 200 })
        expect(JSON.parse(answer.body).principal).toBeUndefined()
      }
      expectRefused(await order({}, ORDER), 'credentials_missing')
      expectRefused(await ask({}, { target: '/orders%2f1' }), 'target_not_canonical', 'it contains %2f')
      expectRefused(await ask({}, { target: '/orders?a' }), 'route_not_allowed', 'this route takes no query')
    })

    describe('refuses', () => {
      const signed = (changes: Partial<KeyRecord>, how: Parameters<typeof access>[1] = {}) =>
        access(given('ed25519', changes), how)
      /** The name of the refusal, what it says beyond its standing words, and a request that meets it. */
      const cases: [RefusalName, string | undefined, () => Promise<Answer>][] = [
        ['credentials_missing', undefined, () => ask({})],
        [
          'signature_missing',
          undefined,
          async () => ask({ ...(await signed({})), 'kalshi-access-signature': undefined }),
        ],
        [
          'timestamp_missing',
          undefined,
          async () => ask({ ...(await signed({})), 'kalshi-access-timestamp': undefined }),
        ],
        ['timestamp_invalid', undefined, async () => ask({ ...(await signed({})), 'kalshi-access-timestamp': 'now' })],
        ['timestamp_expired', undefined, async () => ask(await signed({}, { timestampMs: NOW_MS - 30_001 }))],
        ['key_not_found', undefined, async () => ask({ ...(await signed({})), 'kalshi-access-key': 'nobody' })],
        ['signature_incorrect', undefined, async () => ask(await signed({}, { target: '/other' }))],
        ['key_disabled', undefined, async () => ask(await signed({ state: 'disabled' }))],
        ['key_revoked', undefined, async () => ask(await signed({ state: 'revoked' }))],
        ['key_expired', undefined, async () => ask(await signed({ expiresAtMs: NOW_MS }))],
        ['account_suspended', undefined, async () => ask(await signed({ accountSuspended: true }))],
        ['ip_not_allowed', undefined, async () => ask(await signed({ ipAllowlist: [network('203.0.113.0/24')] }))],
        [
          'profile_not_accepted',
          'http-message-signatures',
          async () => ask(await signed({ minimumProfile: 'http-message-signatures' })),
        ],
        [
          'insufficient_scope',
          'write::trade',
          async () => order(await signed({ scopes: ['read'] }, { method: 'POST' }), ORDER),
        ],
        [
          'route_not_allowed',
          undefined,
          async () => ask(await signed({}, { target: '/unknown' }), { target: '/unknown' }),
        ],
        [
          'target_not_canonical',
          'it contains %2f',
          async () => ask(await signed({}, { target: '/orders%2f1' }), { target: '/orders%2f1' }),
        ],
        [
          'signature_input_invalid',
          'the request carries signatures of two profiles; send one',
          async () => {
            const record = given('rsa')
            return ask({ ...(await message(record)), ...(await access(record)) })
          },
        ],
        [
          'signature_expired',
          undefined,
          async () => ask(await message(given('rsa'), { expiresSeconds: NOW_MS / 1000 })),
        ],
        [
          'signature_coverage_insufficient',
          'missing: content-digest',
          async () => order(await message(given('rsa'), { method: 'POST' }), ORDER),
        ],
        [
          'signature_coverage_insufficient',
          'missing: content-digest',
          async () => order(await message(given('rsa'), { method: 'POST' }), ORDER, { isChunked: true }),
        ],
        [
          'nonce_required',
          'every method but GET, HEAD and OPTIONS needs the parameter nonce',
          async () => {
            const headers = await message(given('rsa'), { method: 'POST', body: ORDER })
            return order(
              { ...headers, 'signature-input': headers['signature-input']?.replace(/;nonce="[^"]*"/, '') },
              ORDER,
            )
          },
        ],
        [
          'digest_mismatch',
          'the body is not the one that Content-Digest names',
          async () =>
            order(await message(given('rsa'), { method: 'POST', body: ORDER }), encodeUtf8('{"side":"sell"}')),
        ],
        [
          'digest_mismatch',
          'the body is not the one that Content-Digest names',
          async () =>
            order(await message(given('ed25519'), { method: 'POST', body: ORDER }), encodeUtf8('{}'), {
              isChunked: true,
            }),
        ],
        [
          'body_too_large',
          undefined,
          async () => order(await signed({}, { method: 'POST' }), [], { announcedBytes: BODY_LIMIT_BYTES + 1 }),
        ],
        [
          'body_too_large',
          undefined,
          async () => order(await signed({}, { method: 'POST' }), new Uint8Array(BODY_LIMIT_BYTES + 1)),
        ],
        [
          'body_too_large',
          undefined,
          async () =>
            order(await signed({}, { method: 'POST' }), new Uint8Array(2 * BODY_LIMIT_BYTES), { isChunked: true }),
        ],
      ]
      test.each(cases)('%s (%s)', async (refusal, details, meet) => {
        gate = open()
        expectRefused(await meet(), refusal, details)
      })

      test.each(['kalshi-access-key', 'kalshi-access-timestamp', 'kalshi-access-signature'])(
        'two copies of %s',
        async (header) => {
          gate = open()
          const headers = await signed({})
          const value = headers[header as keyof typeof headers] ?? ''
          expectRefused(await ask({ ...headers, [header]: [value, value] }), 'duplicate_header')
        },
      )

      test('whom its usage tier leaves no tokens, and says when to come back', async () => {
        gate = open({ bucketsOf: () => ({ read: { capacity: 20, refillPerSecond: 5 } }) })
        const headers = await access(given('rsa'))
        for (let i = 0; i < 2; i++) expect(await ask(headers)).toMatchObject({ status: 200 })
        const refused = await ask(headers)
        expectRefused(refused, 'too_many_requests')
        expect(refused.headers).toMatchObject({
          'retry-after': '2',
          ratelimit: '"read";r=0;t=2',
          'ratelimit-policy': '"read";q=20;w=4',
        })
      })

      test('whoever failed too often', async () => {
        gate = open({ failureBudget: createFailureBudget({ perAddress: { capacity: 2, refillPerSecond: 1 } }) })
        const forged = await signed({}, { target: '/other' })
        for (let i = 0; i < 2; i++) expectRefused(await ask(forged), 'signature_incorrect')
        const refused = await ask(forged)
        expectRefused(refused, 'too_many_failures')
        expect(refused.headers['retry-after']).toBe('1')
      })

      test('everybody, where the keys cannot be known', async () => {
        gate = open({ keys: { find: () => 'unavailable' } })
        const refused = await ask(await signed({}))
        expectRefused(refused, 'service_unavailable')
        expect(refused.headers['retry-after']).toBe('1')
      })
    })

    test('a fault is a 500 that tells nothing of its cause', async () => {
      gate = open({
        keys: {
          find: () => {
            throw new Error('postgres://root:secret@db')
          },
        },
      })
      const answer = await ask(await access(given('rsa')))
      expect(answer.status).toBe(500)
      expect(answer.body).not.toContain('secret')
    })
  })
}

type ToSign = Parameters<typeof signRequestMessage>[0] & { target: string }

const OPTIONS: Omit<GateOptions, 'keys'> = {
  now: () => NOW_MS,
  rules: compileRules(
    [
      { match: 'GET /orders', scope: 'read' },
      { match: 'POST /orders', scope: 'write::trade' },
    ],
    '',
  ),
}

function admission() {
  return createMemoryAdmission({
    startedAtMs: NOW_MS - 60_000,
    clocks: { wallMs: () => NOW_MS, monotonicMs: () => NOW_MS },
  })
}

function network(range: string): Network {
  const parsed = parseNetwork(range)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed
}

function expectRefused({ status, headers, body }: Answer, refusal: RefusalName, details?: string): void {
  expect({ status, body: JSON.parse(body) }).toEqual({
    status: REFUSALS[refusal].status,
    body: refusalBody(refusal, details),
  })
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  expect(headers['www-authenticate']).toBe(status === 401 ? 'Signature realm="countersign"' : undefined)
  const asks = ['credentials_missing', 'profile_not_accepted', 'signature_coverage_insufficient'].includes(refusal)
  if (asks) expect(headers['accept-signature']).toMatch(/^sig=\("@method" "@authority" "@path".*\);created/)
}
