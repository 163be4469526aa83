import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { REFUSALS } from '@countersign/protocol'
import type { Config } from '@countersign/server'
import { describe, expect, test } from 'vitest'
import { setAccountSuspended } from '../../packages/server/src/storage/accounts.ts'
import type { ApiKey } from '../../packages/server/src/storage/api-key.ts'
import { inTransaction } from '../../packages/server/src/storage/transaction.ts'
import type { Answer } from '../support/call.ts'
import { expectRefusal } from '../support/expect-refusal.ts'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { ACCESS, accessHeaders, bootstrapKey } from '../support/key-holder.ts'
import { loggedOf } from '../support/proxy/logged.ts'
import { type MessageToSign, messageSignature } from '../support/proxy/message-signature.ts'
import { PROXIES, type Proxied, useProxied } from '../support/proxy/proxied.ts'
import { send, type ToSend } from '../support/proxy/send.ts'
import { requireTool } from '../support/require-tool.ts'

const run = promisify(execFile)
const ASK_WITH_AUTHENTICATOR = fileURLToPath(new URL('../support/java/AskWithAuthenticator.java', import.meta.url))

const ORDERS = '/trade-api/v2/orders'
const NOBODY = '11111111-1111-4111-8111-111111111111'
/** Where callers come from that fail on purpose, again and again: nobody else does. */
const STRANGER = '127.0.0.9'

const wide = { refillRate: 100_000, capacity: 100_000 }
const tiny = { refillRate: 0.1, capacity: 10 }
const CONFIG: Config = {
  doctor: 'off',
  // The client's own address is nobody's proxy: what it says of an address before it does not count.
  trustedProxies: ['127.0.0.1'],
  tiers: { prestige: { read: wide, write: wide, tiny } },
  defaultTier: 'prestige',
  rules: [
    { match: 'GET /tiny', scope: 'read', bucket: 'tiny' },
    { match: 'GET /strong', scope: 'read', minimumProfile: 'http-message-signatures' },
    { match: 'GET /plain', scope: 'read', query: 'refuse' },
    { match: 'POST /orders', scope: 'write::trade' },
    { match: 'GET /trade-api/ws/v2', under: 'root', scope: 'read' },
    { match: '* /**', scope: 'read' },
  ],
}

/** One refusal: how it comes about, and every byte of what is answered. */
interface Row {
  readonly refusal: string
  readonly when: string
  readonly status: number
  readonly body: string
  readonly request: (world: World) => ToSend | Promise<ToSend>
  readonly headers?: Readonly<Record<string, RegExp>>
}

interface World extends Proxied {
  readonly alice: GivenKey
}

const CREDENTIALS = nested('token_authentication_failure', 'token authentication failure')
const EXPIRED = nested('header_timestamp_expired', 'header timestamp expired')

const ROWS: readonly Row[] = [
  row('credentials_missing', 'no header', 401, CREDENTIALS, () => ({ target: ORDERS }), {
    'accept-signature': /^sig=\("@method" "@authority" "@path"\);created;tag="countersign"$/,
  }),
  row('credentials_missing', 'on an upgrade', 401, CREDENTIALS, () => ({
    target: '/trade-api/ws/v2',
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ],
  })),
  row('credentials_missing', 'of a file that has another type', 401, CREDENTIALS, () => ({ target: '/a.html' })),
  row('credentials_missing', 'before its body is read', 401, CREDENTIALS, () => ({
    method: 'POST',
    target: ORDERS,
    body: Buffer.alloc(200_000),
  })),
  row(
    'signature_missing',
    'the signature header is missing',
    401,
    nested('signature_is_missing_from_headers', 'signature is missing from headers'),
    without('signature'),
  ),
  row(
    'timestamp_missing',
    'the timestamp header is missing',
    401,
    nested('timestamp_is_missing_from_headers', 'timestamp is missing from headers'),
    without('timestamp'),
  ),
  row(
    'timestamp_invalid',
    'the timestamp is no number',
    401,
    nested('header_timestamp_invalid', 'header timestamp invalid'),
    ({ alice }) => ({ target: ORDERS, headers: pairs(accessHeaders(alice, 'GET', ORDERS, 'now')) }),
  ),
  ...(['key', 'timestamp', 'signature'] as const).map((name) =>
    row(
      'duplicate_header',
      `the ${name} header is given twice`,
      401,
      nested('duplicate_header', 'authentication header given more than once'),
      ({ alice }) => {
        const headers = accessHeaders(alice, 'GET', ORDERS)
        return { target: ORDERS, headers: [...pairs(headers), [ACCESS[name], headers[ACCESS[name]] ?? '']] }
      },
    ),
  ),
  row('timestamp_expired', 'it was signed 31 s ago', 401, EXPIRED, ({ alice }) => ({
    target: ORDERS,
    headers: pairs(accessHeaders(alice, 'GET', ORDERS, Date.now() - 31_000)),
  })),
  row('key_not_found', 'the key is unknown', 401, authentication('NOT_FOUND'), ({ alice }) => ({
    target: ORDERS,
    as: { ...alice, keyId: NOBODY },
  })),
  row('key_not_found', 'the key was deleted', 401, authentication('NOT_FOUND'), async (world) => {
    const key = await another(world)
    expect((await send(world.port, { target: ORDERS, as: key })).status).toBe(200)
    const path = `/trade-api/v2/api_keys/${key.keyId}`
    expect((await send(world.port, { method: 'DELETE', target: path, as: world.alice })).status).toBe(204)
    return { target: ORDERS, as: key }
  }),
  row(
    'signature_incorrect',
    'another method was signed',
    401,
    authentication('INCORRECT_API_KEY_SIGNATURE'),
    ({ alice }) => ({
      target: ORDERS,
      headers: pairs(accessHeaders(alice, 'POST', ORDERS)),
    }),
  ),
  row(
    'signature_incorrect',
    'the query was signed',
    401,
    authentication('INCORRECT_API_KEY_SIGNATURE'),
    ({ alice }) => {
      const signed = accessHeaders(alice, 'GET', `${ORDERS}%3Fa`)
      return { target: `${ORDERS}?a`, headers: pairs(signed) }
    },
  ),
  row('signature_already_used', 'a copy of an order', 401, authentication('SIGNATURE_ALREADY_USED'), async (world) => {
    const { keyId, privateKey } = await bootstrapKey(world.databaseUrl, 'RSA', 'rsa')
    const order: ToSend = {
      method: 'POST',
      target: ORDERS,
      headers: pairs(accessHeaders({ keyId, privateKey }, 'POST', ORDERS)),
      body: '{}',
    }
    expect((await send(world.port, order)).status).toBe(200)
    return order
  }),
  row(
    'signature_already_used',
    'a copy of an upgrade',
    401,
    authentication('SIGNATURE_ALREADY_USED'),
    async (world) => {
      const { alice, port } = world
      const upgrade: ToSend = {
        target: '/trade-api/ws/v2',
        headers: [
          ...messageSignature(alice, { ...message(world), target: '/trade-api/ws/v2' }),
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
        ],
      }
      expect((await send(port, upgrade)).status).toBe(101)
      return upgrade
    },
  ),
  row('key_disabled', 'the key is disabled', 401, authentication('API_KEY_DISABLED'), async (world) => ({
    target: ORDERS,
    as: await another(world, { state: 'disabled' }),
  })),
  row('key_revoked', 'the key is revoked', 401, authentication('API_KEY_REVOKED'), async (world) => ({
    target: ORDERS,
    as: await another(world, { state: 'revoked', revokedReason: 'superseded' }),
  })),
  row('key_expired', 'the key has expired', 401, authentication('API_KEY_EXPIRED'), async (world) => ({
    target: ORDERS,
    as: await another(world, { expiresAt: 1 }),
  })),
  row(
    'account_suspended',
    'the account is suspended',
    401,
    authentication('ACCOUNT_SUSPENDED'),
    async ({ database }) => {
      const accountId = await givenCustomer(database, 'Carol')
      await inTransaction(database, (trx) => setAccountSuspended(trx, accountId, true, Date.now()))
      return { target: ORDERS, as: await givenKey(database, accountId) }
    },
  ),
  ...[
    row('profile_not_accepted', 'the key asks for more', 401, profile(), async (world) => ({
      target: ORDERS,
      as: await another(world, { minimumProfile: 'http-message-signatures' }),
    })),
    row('profile_not_accepted', 'the route asks for more', 401, profile(), ({ alice }) => ({
      target: '/trade-api/v2/strong',
      as: alice,
    })),
  ],
  row(
    'ip_not_allowed',
    "the caller's address is not on the key's list",
    403,
    nested('ip_not_allowed', "this address is not on the key's allowlist"),
    async (world) => ({
      target: ORDERS,
      as: await another(world, { ipAllowlist: ['203.0.113.0/24'] }),
      from: STRANGER,
      headers: [['X-Forwarded-For', '203.0.113.7']],
    }),
  ),
  row('insufficient_scope', 'the key may only read', 403, scope('write::trade'), async (world) => ({
    method: 'POST',
    target: ORDERS,
    as: await another(world, { scopes: ['read'] }),
    body: '{}',
  })),
  row(
    'route_not_allowed',
    'no rule matches',
    403,
    nested('route_not_allowed', 'no rule allows this request'),
    ({ alice }) => ({
      target: '/elsewhere',
      as: alice,
    }),
  ),
  row(
    'route_not_allowed',
    'a query where none may be',
    403,
    nested('route_not_allowed', 'no rule allows this request', 'this route takes no query'),
    ({ alice }) => ({ target: '/trade-api/v2/plain?a', as: alice }),
  ),
  row(
    'target_not_canonical',
    'an encoded slash',
    400,
    nested('target_not_canonical', 'the request target could mean two things', 'it contains %2F'),
    ({ alice }) => ({ target: `${ORDERS}/a%2Fb`, as: alice }),
  ),
  row('request_malformed', 'the method is no word', 400, nested('bad_request', 'bad request'), ({ alice }) => ({
    method: 'M-SEARCH',
    target: ORDERS,
    as: alice,
  })),
  row(
    'too_many_requests',
    'the token bucket is empty',
    429,
    '{"error":"too many requests"}',
    async (world) => {
      const customer = await givenKey(world.database, await givenCustomer(world.database, 'Dora'))
      const request = { target: '/trade-api/v2/tiny', as: customer }
      expect((await send(world.port, request)).status).toBe(200)
      return request
    },
    {
      'retry-after': /^(?:9\d|100)$/,
      ratelimit: /^"tiny";r=0;t=(?:9\d|100)$/,
      'ratelimit-policy': /^"tiny";q=10;w=100$/,
    },
  ),
  row(
    'too_many_failures',
    'this address failed too often',
    429,
    nested('too_many_failures', 'too many failed verifications from this address'),
    async (world) => {
      const key = await another(world)
      const forged: ToSend = { target: ORDERS, headers: pairs(accessHeaders(key, 'PUT', ORDERS)), from: STRANGER }
      const refused = async () => (await send(world.port, forged)).status
      for (let i = 0; i < 100 && (await refused()) === 401; i++);
      return forged
    },
    { 'retry-after': /^[1-9]\d*$/ },
  ),

  // RFC 9421
  row(
    'signature_input_invalid',
    'the signature is of another tag',
    401,
    nested('signature_input_invalid', 'signature input invalid', 'no signature has the tag "countersign"'),
    (world) => signedMessage(world, { tag: 'other' }),
  ),
  row(
    'signature_coverage_insufficient',
    'the query is not covered',
    401,
    nested('signature_coverage_insufficient', 'the signature covers too little', 'missing: @query'),
    (world) => signedMessage(world, { target: `${ORDERS}?a`, components: ['@method', '@authority', '@path'] }),
  ),
  row(
    'signature_coverage_insufficient',
    'a body came with its length, and its digest did not',
    401,
    nested('signature_coverage_insufficient', 'the signature covers too little', 'missing: content-digest'),
    async (world) => ({ ...(await signedMessage(world, { method: 'POST' })), body: '{"side":"buy"}' }),
    { 'accept-signature': /^sig=\("@method" "@authority" "@path" "content-digest"\);created;tag="countersign"$/ },
  ),
  row(
    'signature_coverage_insufficient',
    'a body came in chunks, and its digest did not',
    401,
    nested('signature_coverage_insufficient', 'the signature covers too little', 'missing: content-digest'),
    async (world) => ({ ...(await signedMessage(world, { method: 'POST' })), body: ['{"side":', '"buy"}'] }),
  ),
  row(
    'signature_coverage_insufficient',
    'a body came with a GET',
    401,
    nested('signature_coverage_insufficient', 'the signature covers too little', 'missing: content-digest'),
    async (world) => ({ ...(await signedMessage(world)), body: 'a' }),
  ),
  row(
    'signature_expired',
    'its maker wants it refused by now',
    401,
    nested('signature_expired', 'signature expired'),
    (world) => signedMessage(world, { expires: Math.floor(Date.now() / 1000) }),
  ),
  row(
    'nonce_required',
    'an order has no nonce',
    401,
    nested(
      'nonce_required',
      'this request needs a nonce in its signature parameters',
      'every method but GET, HEAD and OPTIONS needs the parameter nonce',
    ),
    (world) => signedMessage(world, { method: 'POST', nonce: null }),
  ),
  row('timestamp_expired', 'a message was signed 31 s ago', 401, EXPIRED, (world) =>
    signedMessage(world, { created: Math.floor(Date.now() / 1000) - 32 }),
  ),
  row(
    'signature_incorrect',
    'a message was signed for another host',
    401,
    authentication('INCORRECT_API_KEY_SIGNATURE'),
    (world) => signedMessage(world, { authority: 'example.com' }),
  ),
  row(
    'signature_already_used',
    'a nonce was used before',
    401,
    authentication('SIGNATURE_ALREADY_USED'),
    async (world) => {
      const request = { ...(await signedMessage(world, { method: 'POST', body: '{}' })), body: '{}' }
      expect((await send(world.port, request)).status).toBe(200)
      return request
    },
  ),
]

/** Refusals of the data plane that need a world of their own: below, in failures.test.ts and in addresses.test.ts. */
const ELSEWHERE = ['service_unavailable', 'internal_error', 'account_share_full', 'peer_not_trusted']

/** Refusals that only the control plane, or a connection before anything is asked, can bring about. */
const NOT_HERE = [
  'link_unknown',
  'link_used',
  'link_expired',
  'powers_exceeded',
  'state_conflict',
  'external_id_taken',
  'already_made',
  'idempotency_key_reused',
  'subaccount_restricted',
  'fcm_membership_required',
  'insufficient_usage_tier',
  'digest_mismatch',
  'invalid_content_type',
  'body_malformed',
  'invalid_parameter',
  'public_key_already_registered',
  'public_key_compromised',
  'api_key_limit_reached',
  'not_found',
  'method_not_allowed',
  'headers_too_large',
  'request_timeout',
  'body_too_large',
  'audit_quota_used',
]

describe.each(PROXIES)('every refusal of the data plane, through %s', (kind) => {
  const proxied = useProxied(kind, { config: CONFIG })
  let alice: GivenKey | undefined

  async function world(): Promise<World> {
    const started = proxied()
    alice ??= await givenKey(started.database, await givenCustomer(started.database, 'Alice'))
    return { ...started, alice }
  }

  test.each(ROWS)('$refusal: $when', async ({ refusal, status, body, request, headers = {} }) => {
    const here = await world()
    const toSend = await request(here)
    const before = here.upstream.received.length
    const answer = await send(here.port, toSend)

    expectRefusal(answer, status, body)
    expect(answer.headers['cache-control']).toBe('no-store')
    for (const [name, pattern] of Object.entries(headers)) expect(answer.headers[name]).toMatch(pattern)
    if (!headers['retry-after']) expect(answer.headers['retry-after']).toBeUndefined()
    expect(here.upstream.received).toHaveLength(before)
    const logged = await loggedOf(here.server(), answer.headers['x-request-id'])
    expect(logged).toMatchObject({ refusal, status, msg: 'refused' })
  })

  test('HEAD: the same without a body', async () => {
    const { port } = await world()
    const get = await send(port, { target: ORDERS })
    const head = await send(port, { method: 'HEAD', target: ORDERS })
    expect({ status: head.status, text: head.text }).toEqual({ status: 401, text: '' })
    expect(head.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(head.headers['content-length']).toBe(`${get.text.length}`)
  })

  test("Java's HttpClient with an Authenticator sees each 401 and its body", { timeout: 60_000 }, async (context) => {
    requireTool(context, 'java', 'default-jdk-headless')
    const { port, ports } = await world()
    const urls = [
      `http://127.0.0.1:${port}${ORDERS}`,
      `http://127.0.0.1:${port}/trade-api/v2/api_keys`,
      `http://127.0.0.1:${ports.control}/trade-api/v2/api_keys`,
    ]
    const { stdout } = await run('java', [ASK_WITH_AUTHENTICATOR, ...urls])
    const line = `401 Signature realm="countersign" ${CREDENTIALS}\n`
    expect(stdout).toBe(line.repeat(urls.length))
  })

  test("the API's own refusals pass as they are", async () => {
    const here = await world()
    for (const status of [400, 401, 403, 404, 429, 500, 503]) {
      const answer = await send(here.port, {
        target: ORDERS,
        as: here.alice,
        headers: [['X-Answer-With', `${status}`]],
      })
      expect(answer.status).toBe(status)
      expect(JSON.parse(answer.text)).toMatchObject({ target: ORDERS })
    }
  })
})

describe.each(PROXIES)('what Countersign cannot decide, through %s', (kind) => {
  const proxied = useProxied(kind, { config: { admission: { maxClaims: 1 } } })

  test('account_share_full, then service_unavailable: as many orders are remembered as can be', async () => {
    const started = proxied()
    /** Sends orders of a new account until one does not pass: the smallest table remembers 256. */
    async function firstRefused(name: string): Promise<Answer> {
      const key = await givenKey(started.database, await givenCustomer(started.database, name))
      const here = { ...started, alice: key }
      const order = async () =>
        send(here.port, { ...(await signedMessage(here, { method: 'POST', body: 'a' })), body: 'a' })
      for (let batch = 0; batch < 15; batch++) {
        const refused = (await Promise.all(Array.from({ length: 20 }, order))).find(({ status }) => status !== 200)
        if (refused) return refused
      }
      throw new Error('every order passed')
    }
    const details = 'requests that each count once and were signed within the last minute'
    const share = nested('account_share_full', 'this account has as many at once as one account may have', details)
    let answer = await firstRefused('Alice')
    expectRefusal(answer, 429, share)
    expect(answer.headers['retry-after']).toBe('1')
    for (let account = 0; account < 16 && answer.status === 429; account++) answer = await firstRefused(`${account}`)
    expectRefusal(answer, 503, nested('service_unavailable', 'service unavailable'))
    expect(answer.headers['retry-after']).toBe('1')
  })

  test('internal_error: its cause goes to the log alone', async () => {
    const here = proxied()
    const alice = await givenKey(here.database, await givenCustomer(here.database, 'Alice'))
    const unusable = { publicKey: new Uint8Array(5), fingerprint: 'none' }
    const broken = await givenKey(here.database, alice.accountId, unusable)
    const answer = await send(here.port, { target: ORDERS, as: { ...alice, keyId: broken.keyId } })
    expectRefusal(answer, 500, nested('internal_server_error', 'internal server error'))
    const message = expect.stringContaining(`the stored public key of ${broken.keyId}`)
    const logged = await loggedOf(here.server(), answer.headers['x-request-id'])
    expect(logged).toMatchObject({ msg: 'a decision failed', err: { message } })
  })
})

test('the table above knows every refusal, but those that are named', () => {
  const known = new Set([...ROWS.map(({ refusal }) => refusal), ...ELSEWHERE, ...NOT_HERE])
  expect([...known].sort()).toEqual(Object.keys(REFUSALS).sort())
})

function row(
  refusal: string,
  when: string,
  status: number,
  body: string,
  request: Row['request'],
  headers: Row['headers'] = {},
): Row {
  return { refusal, when, status, body, request, headers }
}

function nested(code: string, message: string, details?: string): string {
  return JSON.stringify({ error: { code, message, details } })
}

function authentication(details: string): string {
  return nested('authentication_error', 'authentication_error', details)
}

function profile(): string {
  return nested('profile_not_accepted', 'this signature profile is not accepted here', 'http-message-signatures')
}

function scope(needed: string): string {
  return nested('insufficient_scope', 'the key lacks a scope that this request needs', needed)
}

function without(name: keyof typeof ACCESS): Row['request'] {
  return ({ alice }) => {
    const { [ACCESS[name]]: _, ...headers } = accessHeaders(alice, 'GET', ORDERS)
    return { target: ORDERS, headers: pairs(headers) }
  }
}

function pairs(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers)
}

function message({ port }: Proxied): MessageToSign {
  return { method: 'GET', target: ORDERS, authority: `127.0.0.1:${port}` }
}

async function signedMessage(world: World, parts: Partial<MessageToSign> = {}): Promise<ToSend> {
  const whole = { ...message(world), ...parts }
  return { method: whole.method, target: whole.target, headers: messageSignature(world.alice, whole) }
}

/** Another key of Alice's. */
async function another({ database, alice }: World, parts: Partial<ApiKey> = {}): Promise<GivenKey> {
  return givenKey(database, alice.accountId, parts)
}
