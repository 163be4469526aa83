import { sign } from 'node:crypto'
import { REFUSALS } from '@countersign/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setAccountSuspended } from '../packages/server/src/storage/accounts.ts'
import type { ApiKey } from '../packages/server/src/storage/api-key.ts'
import { setApiKeyState } from '../packages/server/src/storage/change-api-keys.ts'
import { latestKeyChange } from '../packages/server/src/storage/key-changes.ts'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { type CallOptions, call } from './support/call.ts'
import { expectRefusal } from './support/expect-refusal.ts'
import { type GivenKey, givenCustomer, givenKey, newPublicKey } from './support/given-key.ts'
import { ACCESS, accessHeaders } from './support/key-holder.ts'
import { DIALECTS } from './support/running-server.ts'
import { startWorld, type World } from './support/world.ts'

const KEYS = '/trade-api/v2/api_keys'
const GENERATE = `${KEYS}/generate`
const LIMITS = '/trade-api/v2/account/limits'
const NOBODY = '11111111-1111-4111-8111-111111111111'

/** One refusal: how it comes about, and every byte of what is answered. */
interface Row {
  /** Its name in the table of refusals. */
  readonly refusal: string
  readonly when: string
  readonly status: number
  readonly body: string
  readonly request: (world: World) => RequestSpec | Promise<RequestSpec>
  readonly headers?: Readonly<Record<string, string>>
}

type RequestSpec = readonly [method: string, target: string, options?: CallOptions]

/** Refusals that other suites bring about: on the wire, without a database, by a fault. */
const ELSEWHERE = [
  'link_unknown',
  'link_used',
  'link_expired',
  'powers_exceeded',
  'state_conflict',
  'external_id_taken',
  'already_made',
  'idempotency_key_reused',
  'request_malformed',
  'headers_too_large',
  'request_timeout',
  'service_unavailable',
  'internal_error',
  'insufficient_usage_tier',
  'signature_already_used',
  'signature_input_invalid',
  'signature_coverage_insufficient',
  'signature_expired',
  'nonce_required',
  'digest_mismatch',
  'ip_not_allowed',
  'peer_not_trusted',
  'route_not_allowed',
  'account_share_full',
  'audit_quota_used',
  'too_many_failures',
  'too_many_requests',
  'public_key_compromised',
]

const NO_CREDENTIALS = '{"error":{"code":"token_authentication_failure","message":"token authentication failure"}}'
const NO_SIGNATURE =
  '{"error":{"code":"signature_is_missing_from_headers","message":"signature is missing from headers"}}'
const NO_TIMESTAMP =
  '{"error":{"code":"timestamp_is_missing_from_headers","message":"timestamp is missing from headers"}}'
const TIMESTAMP_INVALID = '{"error":{"code":"header_timestamp_invalid","message":"header timestamp invalid"}}'
const TIMESTAMP_EXPIRED = '{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}'
const DUPLICATE_HEADER = '{"error":{"code":"duplicate_header","message":"authentication header given more than once"}}'
const NOT_FOUND_KEY = authenticationError('NOT_FOUND')
const INCORRECT = authenticationError('INCORRECT_API_KEY_SIGNATURE')
const UNCLEAR =
  '{"error":{"code":"target_not_canonical","message":"the request target could mean two things","details":"it contains //v"}}'
const NOT_FOUND = '{"error":{"code":"not_found","message":"not found"}}'
const METHOD_NOT_ALLOWED = '{"error":{"code":"method_not_allowed","message":"method not allowed"}}'
const CONTENT_TYPE = '{"code":"invalid_content_type","message":"invalid_content_type"}'
const BODY_TOO_LARGE = '{"error":{"code":"body_too_large","message":"body too large"}}'
const SUBACCOUNT =
  '{"error":{"code":"subaccount_restricted","message":"this API key is restricted to a single sub-account and cannot access this endpoint"}}'
const FCM = '{"error":{"code":"fcm_membership_required","message":"this account is not an FCM member"}}'
const ALREADY_REGISTERED =
  '{"error":{"code":"public_key_already_registered","message":"this public key is already registered in this account"}}'
const KNOWN_SCOPES =
  'read, read::block_trade_accept, read::portfolio_balance, write, write::trade, write::transfer, write::fcm_risk, write::block_trade_accept'

const ROWS: readonly Row[] = [
  // Headers
  row('credentials_missing', 'none of the three headers', 401, NO_CREDENTIALS, () => ['GET', KEYS]),
  row('credentials_missing', 'the key header is missing', 401, NO_CREDENTIALS, without('key')),
  row('credentials_missing', 'the key header is empty', 401, NO_CREDENTIALS, withHeader('key', '')),
  row('signature_missing', 'the signature header is missing', 401, NO_SIGNATURE, without('signature')),
  row('signature_missing', 'the signature header is empty', 401, NO_SIGNATURE, withHeader('signature', '')),
  row('signature_missing', 'only the key header is there', 401, NO_SIGNATURE, () => [
    'GET',
    KEYS,
    { headers: { [ACCESS.key]: NOBODY } },
  ]),
  row('timestamp_missing', 'the timestamp header is missing', 401, NO_TIMESTAMP, without('timestamp')),
  ...[
    ['letters', 'yesterday'],
    ['12 digits', '170312345678'],
    ['14 digits', '17031234567890'],
    ['a sign', '+1703123456789'],
    ['a fraction', '1703123456.789'],
    ['an exponent', '17031234567e2'],
    ['digits of another script', '١٧٠٣١٢٣٤٥٦٧٨٩'],
  ].map(([what = '', value = '']) =>
    row('timestamp_invalid', `the timestamp has ${what}`, 401, TIMESTAMP_INVALID, withHeader('timestamp', value)),
  ),
  ...(['key', 'timestamp', 'signature'] as const).map((name) =>
    row('duplicate_header', `the ${name} header is given twice`, 401, DUPLICATE_HEADER, ({ alice }) => {
      const headers = accessHeaders(alice, 'GET', KEYS)
      const value = headers[ACCESS[name]] ?? ''
      return ['GET', KEYS, { headers: { ...headers, [ACCESS[name]]: [value, value] } }]
    }),
  ),

  // Time
  row(
    'timestamp_expired',
    'the timestamp is 31 s old',
    401,
    TIMESTAMP_EXPIRED,
    signedAt(() => Date.now() - 31_000),
  ),
  row(
    'timestamp_expired',
    'the timestamp is 32 s ahead',
    401,
    TIMESTAMP_EXPIRED,
    signedAt(() => Date.now() + 32_000),
  ),
  row(
    'timestamp_expired',
    'the timestamp is in seconds',
    401,
    TIMESTAMP_EXPIRED,
    signedAt(() => Math.floor(Date.now() / 1_000)),
  ),

  // Key id
  ...[
    ['unknown', NOBODY],
    ['no UUID', 'alice'],
    ['a UUID of another version', '11111111-1111-1111-8111-111111111111'],
    ['SQL', "' or 1=1 --"],
    ['very long', 'a'.repeat(8_000)],
  ].map(([what = '', value = '']) =>
    row('key_not_found', `the key id is ${what}`, 401, NOT_FOUND_KEY, withHeader('key', value)),
  ),
  row('key_not_found', 'the key id is in upper case', 401, NOT_FOUND_KEY, (world) =>
    withHeader('key', world.alice.keyId.toUpperCase())(world),
  ),
  row('key_not_found', 'the key was deleted', 401, NOT_FOUND_KEY, async (world) => {
    const gone = await given(world)
    expect((await call(world.server, 'DELETE', `${KEYS}/${gone.keyId}`, { as: world.alice })).status).toBe(204)
    return ['GET', KEYS, { as: gone }]
  }),

  // Signature
  ...(
    [
      ['no base64', () => 'not base64!'],
      ['base64url', (signature) => signature.replaceAll('+', '-').replaceAll('/', '_').replace(/.==$/, '-==')],
      ['without padding', (signature) => signature.replace(/=+$/, '')],
      ['spelled otherwise', (signature) => signature.replace(/.==$/, (end) => nextDigit(end))],
      ['a byte short', (signature) => Buffer.from(signature, 'base64').subarray(1).toString('base64')],
      ['hex', (signature) => Buffer.from(signature, 'base64').toString('hex')],
      ['zero', () => Buffer.alloc(64).toString('base64')],
      ['of one bit less', (signature) => flipBit(signature)],
    ] as const satisfies readonly (readonly [string, (signature: string) => string])[]
  ).map(([what, change]) =>
    row('signature_incorrect', `the signature is ${what}`, 401, INCORRECT, ({ alice }) => {
      const headers = accessHeaders(alice, 'GET', KEYS)
      const changed = change(headers[ACCESS.signature] ?? '')
      expect(changed).not.toBe(headers[ACCESS.signature])
      return ['GET', KEYS, { headers: { ...headers, [ACCESS.signature]: changed } }]
    }),
  ),
  row('signature_incorrect', 'another key signed', 401, INCORRECT, ({ alice, bob }) => [
    'GET',
    KEYS,
    { headers: { ...accessHeaders(bob, 'GET', KEYS), [ACCESS.key]: alice.keyId } },
  ]),
  row('signature_incorrect', 'another method was signed', 401, INCORRECT, signedFor('POST', KEYS)),
  row('signature_incorrect', 'another path was signed', 401, INCORRECT, signedFor('GET', `${KEYS}/`)),
  row('signature_incorrect', 'the base path was not signed', 401, INCORRECT, signedFor('GET', '/api_keys')),
  row('signature_incorrect', 'another timestamp was signed', 401, INCORRECT, ({ alice }) => {
    const now = Date.now()
    const headers = { ...accessHeaders(alice, 'GET', KEYS, now), [ACCESS.timestamp]: String(now + 1) }
    return ['GET', KEYS, { headers }]
  }),
  row('signature_incorrect', 'the query was signed', 401, INCORRECT, ({ alice: { keyId, privateKey } }) => {
    const timestamp = String(Date.now())
    const signature = sign(null, Buffer.from(`${timestamp}GET${KEYS}?a=b`), privateKey).toString('base64')
    const headers = { [ACCESS.key]: keyId, [ACCESS.timestamp]: timestamp, [ACCESS.signature]: signature }
    return ['GET', `${KEYS}?a=b`, { headers }]
  }),

  // State
  row('key_disabled', 'the key is disabled', 401, authenticationError('API_KEY_DISABLED'), async (world) => [
    'GET',
    KEYS,
    { as: await givenInState(world, { state: 'disabled' }) },
  ]),
  row('key_revoked', 'the key is revoked', 401, authenticationError('API_KEY_REVOKED'), async (world) => [
    'GET',
    KEYS,
    { as: await givenInState(world, { state: 'revoked', reason: 'superseded' }) },
  ]),
  row('key_expired', 'the key has expired', 401, authenticationError('API_KEY_EXPIRED'), async (world) => [
    'GET',
    KEYS,
    { as: await given(world, { expiresAt: Date.now() }) },
  ]),
  row('account_suspended', 'the account is suspended', 401, authenticationError('ACCOUNT_SUSPENDED'), async (world) => {
    const accountId = await givenCustomer(world.database, 'Carol')
    await inTransaction(world.database, (trx) => setAccountSuspended(trx, accountId, true, Date.now()))
    return ['GET', KEYS, { as: await givenKey(world.database, accountId) }]
  }),
  row(
    'profile_not_accepted',
    'the key accepts a stronger profile only',
    401,
    '{"error":{"code":"profile_not_accepted","message":"this signature profile is not accepted here","details":"http-message-signatures"}}',
    async (world) => ['GET', KEYS, { as: await given(world, { minimumProfile: 'http-message-signatures' }) }],
  ),

  // Target
  ...[
    ['/trade-api/v2/%2fapi_keys', '%2f'],
    ['/trade-api/v2/%2Fapi_keys', '%2F'],
    ['/trade-api/v2/%5capi_keys', '%5c'],
    ['/trade-api/v2/%2e', '%2e'],
    ['/trade-api/v2/%252f', '%25'],
    ['/trade-api/v2/%00', '%00'],
    ['/trade-api/v2/./api_keys', '/./'],
    ['/trade-api/v2/../api_keys', '/..'],
    ['/trade-api//v2/api_keys', '//v'],
    ['/trade-api/v2/api_keys;a', ';a'],
    ['/trade-api/v2\\api_keys', '\\\\ap'],
    ['/trade-api/v2/api_keys#a', '#'],
  ].map(([target = '', found]) =>
    row(
      'target_not_canonical',
      `the target is ${target}`,
      400,
      `{"error":{"code":"target_not_canonical","message":"the request target could mean two things","details":"it contains ${found}"}}`,
      ({ alice }) => ['GET', target, { as: alice }],
    ),
  ),
  row(
    'target_not_canonical',
    'the target holds an escape that is none',
    400,
    '{"error":{"code":"target_not_canonical","message":"the request target could mean two things"}}',
    ({ alice }) => ['GET', '/trade-api/v2/%zz', { as: alice }],
  ),

  // What the key may do
  ...(
    [
      ['GET', KEYS, ['write::trade'], 'read'],
      ['GET', LIMITS, ['read::portfolio_balance'], 'read'],
      ['POST', GENERATE, ['read'], 'write'],
      ['POST', KEYS, ['read', 'write::trade', 'write::transfer'], 'write'],
      ['DELETE', `${KEYS}/${NOBODY}`, ['read'], 'write'],
    ] as const
  ).map(([method, target, scopes, needed]) =>
    row('insufficient_scope', `${method} ${target} with ${scopes}`, 403, needsScope(needed), async (world) => [
      method,
      target,
      { as: await given(world, { scopes }) },
    ]),
  ),
  ...(
    [
      ['GET', KEYS],
      ['POST', KEYS],
      ['POST', GENERATE],
      ['DELETE', `${KEYS}/${NOBODY}`],
    ] as const
  ).map(([method, target]) =>
    row('subaccount_restricted', `a sub-account key calls ${method} ${target}`, 403, SUBACCOUNT, async (world) => [
      method,
      target,
      { as: await given(world, { subaccount: 0 }) },
    ]),
  ),
  row('fcm_membership_required', 'the list is asked for an FCM subtrader', 403, FCM, ({ alice }) => [
    'GET',
    `${KEYS}?fcm_subtrader_id=a_b`,
    { as: alice },
  ]),
  row(
    'fcm_membership_required',
    'a key is to be bound to an FCM subtrader',
    403,
    FCM,
    posting({
      name: 'a',
      fcm_subtrader_id: 'a_b',
    }),
  ),

  // Body
  ...(
    [
      ['text/plain', 'text/plain'],
      ['a form', 'application/x-www-form-urlencoded'],
      ['another JSON', 'application/vnd.api+json'],
      ['almost JSON', 'application/jsonp'],
      ['no type at all', undefined],
    ] as const
  ).map(([what, type]) =>
    row('invalid_content_type', `the body is declared as ${what}`, 400, CONTENT_TYPE, ({ alice }) => [
      'POST',
      GENERATE,
      { as: alice, body: '{"name":"a"}', ...(type && { headers: { 'content-type': type } }) },
    ]),
  ),
  ...(
    [
      ['is cut off', '{"name":"a"', 'body: must be JSON'],
      ['is empty', '', 'body: must be JSON'],
      ['is no UTF-8', Buffer.from('{"name":"\xff"}', 'latin1'), 'body: must be JSON'],
      ['begins with a byte order mark', '\ufeff{"name":"a"}', 'body: must be JSON'],
      ['is an array', '[]', 'body: must be object'],
      ['is null', 'null', 'body: must be object'],
      ['is text', '"name"', 'body: must be object'],
      ['lacks a name', '{}', 'name: is required'],
      ['has a name that is a number', '{"name":1}', 'name: must be string'],
      ['has a name that is null', '{"name":null}', 'name: must be string'],
      ['has a key type that is a number', '{"name":"a","key_type":1}', 'key_type: must be string'],
      ['has scopes that are text', '{"name":"a","scopes":"read"}', 'scopes: must be array'],
      ['has a scope that is a number', '{"name":"a","scopes":["read",1]}', 'scopes.1: must be string'],
      ['has a sub-account that is text', '{"name":"a","subaccount":"1"}', 'subaccount: must be integer'],
      ['has a sub-account that is a fraction', '{"name":"a","subaccount":1.5}', 'subaccount: must be integer'],
      [
        'has an FCM subtrader that is a number',
        '{"name":"a","fcm_subtrader_id":1}',
        'fcm_subtrader_id: must be string',
      ],
    ] as const
  ).map(([what, body, details]) =>
    row('body_malformed', `the body ${what}`, 400, badRequest(details), ({ alice }) => [
      'POST',
      GENERATE,
      { as: alice, body, headers: { 'content-type': 'application/json' } },
    ]),
  ),
  row('body_malformed', 'the public key is missing', 400, badRequest('public_key: is required'), ({ alice }) => [
    'POST',
    KEYS,
    { as: alice, json: { name: 'a' } },
  ]),
  ...(
    [
      ['no name', { name: '' }, 'name: must have 1 to 128 characters'],
      ['white space for a name', { name: ' \t ' }, 'name: must have 1 to 128 characters'],
      ['a name of 129 characters', { name: 'a'.repeat(129) }, 'name: must have 1 to 128 characters'],
      ['a name with a control character', { name: 'a\u0007b' }, 'name: must not contain control characters'],
      ['a name with half a character', { name: 'a\ud83d' }, 'name: must be valid Unicode'],
      ['no scopes', { name: 'a', scopes: [] }, 'scopes: must name at least one scope'],
      ['write without read', { name: 'a', scopes: ['write'] }, 'scopes: scope \\"write\\" requires scope \\"read\\"'],
      ['a scope twice', { name: 'a', scopes: ['read', 'read'] }, 'scopes: scope \\"read\\" is listed twice'],
      [
        'an unknown scope',
        { name: 'a', scopes: ['admin'] },
        `scopes: unknown scope \\"admin\\"; known: ${KNOWN_SCOPES}`,
      ],
      ['sub-account 64', { name: 'a', subaccount: 64 }, 'subaccount: must be an integer from 0 to 63'],
      ['sub-account -1', { name: 'a', subaccount: -1 }, 'subaccount: must be an integer from 0 to 63'],
      [
        'a sub-account and an FCM subtrader',
        { name: 'a', subaccount: 1, fcm_subtrader_id: 'a_b' },
        'subaccount: cannot be given together with fcm_subtrader_id',
      ],
      ['an unknown key type', { name: 'a', key_type: 'dsa' }, 'key_type: must be rsa or ed25519'],
      [
        'a field that there is not',
        { name: 'a', expires: 1 },
        'expires: is no field of this request; known: name, scopes, subaccount, fcm_subtrader_id, key_type, expires_at, ip_allowlist, minimum_profile, bucket, metadata',
      ],
    ] as const
  ).map(([what, json, details]) =>
    row('invalid_parameter', `the body names ${what}`, 400, invalidParameter(details), posting(json)),
  ),
  ...(
    [
      ['is no PEM', 'abc', 'must be one PEM block that begins with -----BEGIN PUBLIC KEY-----'],
      [
        'is a private key',
        '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEICesWSykBmPaE1aBYOYxe1po4wAmwGRQRZ8fk32af95A\n-----END PRIVATE KEY-----\n',
        'is a private key: send the public key only, and treat this private key as seen by others',
      ],
      [
        'has low order',
        '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n',
        'is an unsafe Ed25519 key: its point has low order, so anyone could sign for it',
      ],
    ] as const
  ).map(([what, pem, details]) =>
    row('invalid_parameter', `the public key ${what}`, 400, invalidParameter(`public_key: ${details}`), ({ alice }) => [
      'POST',
      KEYS,
      { as: alice, json: { name: 'a', public_key: pem } },
    ]),
  ),
  row('body_too_large', 'the body has 64 KiB and one byte', 413, BODY_TOO_LARGE, ({ alice }) => [
    'POST',
    GENERATE,
    { as: alice, body: ' '.repeat(64 * 1024 + 1), headers: { 'content-type': 'application/json' } },
  ]),
  row('public_key_already_registered', 'the account has this public key', 409, ALREADY_REGISTERED, async (world) => {
    const json = { name: 'a', public_key: newPublicKey() }
    expect((await call(world.server, 'POST', KEYS, { as: world.alice, json })).status).toBe(201)
    return ['POST', KEYS, { as: world.alice, json: { ...json, name: 'b' } }]
  }),
  row(
    'api_key_limit_reached',
    'the account has 100 keys',
    400,
    '{"error":{"code":"api_key_limit_reached","message":"this account has as many API keys as it may have","details":"at most 100 keys"}}',
    async ({ database }) => {
      const holder = await givenKey(database, await givenCustomer(database, 'Dave'))
      for (let i = 1; i < 100; i++) await givenKey(database, holder.accountId)
      return ['POST', KEYS, { as: holder, json: { name: 'a', public_key: newPublicKey() } }]
    },
  ),

  // Place
  row('not_found', 'a key id that is unknown is deleted', 404, NOT_FOUND, ({ alice }) => [
    'DELETE',
    `${KEYS}/${NOBODY}`,
    { as: alice },
  ]),
  row('not_found', 'something that is no key id is deleted', 404, NOT_FOUND, ({ alice }) => [
    'DELETE',
    `${KEYS}/${'a'.repeat(2_000)}`,
    { as: alice },
  ]),
  row('not_found', 'the key of another account is deleted', 404, NOT_FOUND, ({ alice, bob }) => [
    'DELETE',
    `${KEYS}/${bob.keyId}`,
    { as: alice },
  ]),
  ...['/nowhere', '/trade-api/v2', '/trade-api/v2/api_key', `${KEYS}/`, `${KEYS}/a/b`, '/favicon.ico'].map((target) =>
    row('not_found', `the route is ${target}`, 404, NOT_FOUND, ({ alice }) => ['GET', target, { as: alice }]),
  ),
  row('not_found', 'the route is none, whatever the body', 404, NOT_FOUND, () => [
    'POST',
    '/nowhere',
    { body: '{'.repeat(100_000), headers: { 'content-type': 'application/json' } },
  ]),
  ...(
    [
      ['PUT', KEYS, 'GET, HEAD, POST'],
      ['PATCH', GENERATE, 'POST'],
      ['POST', LIMITS, 'GET, HEAD'],
      ['OPTIONS', KEYS, 'GET, HEAD, POST'],
      ['TRACE', KEYS, 'GET, HEAD, POST'],
      ['PROPFIND', KEYS, 'GET, HEAD, POST'],
      ['DELETE', '/healthz', 'GET, HEAD'],
      ['POST', '/openapi.json', 'GET, HEAD'],
    ] as const
  ).map(([method, target, allow]) =>
    row('method_not_allowed', `the method is ${method} on ${target}`, 405, METHOD_NOT_ALLOWED, () => [method, target], {
      allow,
    }),
  ),
]

/** Requests with two faults or more: which of them is told. */
const ORDER: readonly Row[] = [
  row('target_not_canonical', 'the target before the headers', 400, UNCLEAR, () => ['GET', '/trade-api//v2']),
  row('duplicate_header', 'the headers before the time', 401, DUPLICATE_HEADER, ({ alice }) => {
    const headers = accessHeaders(alice, 'GET', KEYS, 1_000_000_000_000)
    return ['GET', KEYS, { headers: { ...headers, [ACCESS.key]: [alice.keyId, alice.keyId] } }]
  }),
  row('timestamp_invalid', 'the form of the time before the key', 401, TIMESTAMP_INVALID, ({ alice }) => [
    'GET',
    KEYS,
    { headers: accessHeaders({ ...alice, keyId: NOBODY }, 'GET', KEYS, 'now') },
  ]),
  row('timestamp_expired', 'the time before the key', 401, TIMESTAMP_EXPIRED, ({ alice }) => [
    'GET',
    KEYS,
    { headers: accessHeaders({ ...alice, keyId: NOBODY }, 'GET', KEYS, Date.now() - 31_000) },
  ]),
  row('key_not_found', 'the key before the signature', 401, NOT_FOUND_KEY, ({ alice }) => [
    'GET',
    KEYS,
    { headers: { ...accessHeaders(alice, 'POST', KEYS), [ACCESS.key]: NOBODY } },
  ]),
  ...(['disabled', 'revoked'] as const).map((state) =>
    row('signature_incorrect', `the signature before the key's state: ${state}`, 401, INCORRECT, async (world) => {
      const change = state === 'revoked' ? { state, reason: 'superseded' } : { state }
      return ['GET', KEYS, { headers: accessHeaders(await givenInState(world, change), 'POST', KEYS) }]
    }),
  ),
  row('signature_incorrect', "the signature before the key's expiry", 401, INCORRECT, async (world) => [
    'GET',
    KEYS,
    { headers: accessHeaders(await given(world, { expiresAt: 1 }), 'POST', KEYS) },
  ]),
  row('key_expired', "the key's state before its scope", 401, authenticationError('API_KEY_EXPIRED'), async (world) => [
    'DELETE',
    `${KEYS}/${NOBODY}`,
    { as: await given(world, { expiresAt: 1, scopes: ['read'] }) },
  ]),
  row('insufficient_scope', 'the scope before the sub-account', 403, needsScope('write'), async (world) => [
    'DELETE',
    `${KEYS}/${NOBODY}`,
    { as: await given(world, { subaccount: 1, scopes: ['read'] }) },
  ]),
  row('insufficient_scope', 'the scope before the body', 403, needsScope('write'), async (world) => [
    'POST',
    KEYS,
    { as: await given(world, { scopes: ['read'] }), body: '{', headers: { 'content-type': 'text/plain' } },
  ]),
  row('subaccount_restricted', 'the sub-account before the body', 403, SUBACCOUNT, async (world) => [
    'POST',
    KEYS,
    { as: await given(world, { subaccount: 1 }), body: '{', headers: { 'content-type': 'text/plain' } },
  ]),
  row('credentials_missing', '401 before 400', 401, NO_CREDENTIALS, () => [
    'POST',
    KEYS,
    { body: '{', headers: { 'content-type': 'text/plain' } },
  ]),
  row('credentials_missing', '401 before 413', 401, NO_CREDENTIALS, () => [
    'POST',
    KEYS,
    { body: ' '.repeat(200_000), headers: { 'content-type': 'application/json' } },
  ]),
  row('credentials_missing', '401 before 404 for a key', 401, NO_CREDENTIALS, () => ['DELETE', `${KEYS}/${NOBODY}`]),
  row('invalid_content_type', 'the content type before the size', 400, CONTENT_TYPE, ({ alice }) => [
    'POST',
    KEYS,
    { as: alice, body: ' '.repeat(200_000), headers: { 'content-type': 'text/plain' } },
  ]),
  row('body_too_large', 'the size before the form', 413, BODY_TOO_LARGE, ({ alice }) => [
    'POST',
    KEYS,
    { as: alice, body: '{'.repeat(200_000), headers: { 'content-type': 'application/json' } },
  ]),
  row(
    'body_malformed',
    "a field's type before another's value",
    400,
    badRequest('scopes: must be array'),
    posting({
      name: '',
      scopes: 'read',
    }),
  ),
]

describe.each(DIALECTS)('every refusal of docs/wire.md section 3 (%s)', (dialect) => {
  let world: World
  beforeAll(async () => {
    // Every byte is that of the table; what the doctor adds is in doctor.test.ts.
    world = await startWorld(dialect, { settings: { doctor: 'off' } })
  })
  afterAll(() => world?.close())

  test.each(ROWS)('$refusal: $when', async ({ refusal, status, body, request, headers = {} }) => {
    const [method, target, options] = await request(world)
    const before = await latestKeyChange(world.database.kysely)
    const answer = await call(world.server, method, target, options)

    expectRefusal(answer, status, body)
    expect(answer.headers).toMatchObject(headers)
    expect(await latestKeyChange(world.database.kysely)).toBe(before)
    expect(logged(world, answer.headers['x-request-id'])).toMatchObject([{ refusal, status, msg: 'refused' }])
  })

  test.each(ORDER)('the order of checks: $when', async ({ status, body, request }) => {
    const [method, target, options] = await request(world)
    expectRefusal(await call(world.server, method, target, options), status, body)
  })
})

test('the table above knows every refusal, except those of other suites', () => {
  const known = new Set([...ROWS.map(({ refusal }) => refusal), ...ELSEWHERE])
  expect([...known].sort()).toEqual(Object.keys(REFUSALS).sort())
})

/** What the server logged of a request. */
function logged({ server }: World, requestId: string | undefined): Record<string, unknown>[] {
  const lines = server
    .log()
    .split('\n')
    .filter((line) => line.includes(requestId ?? '?'))
  return lines.map((line) => JSON.parse(line))
}

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

function authenticationError(details: string): string {
  return `{"error":{"code":"authentication_error","message":"authentication_error","details":"${details}"}}`
}

function needsScope(scope: string): string {
  return `{"error":{"code":"insufficient_scope","message":"the key lacks a scope that this request needs","details":"${scope}"}}`
}

function invalidParameter(details: string): string {
  return `{"error":{"code":"invalid_parameter","message":"invalid parameter","details":"${details}"}}`
}

function badRequest(details: string): string {
  return `{"code":"bad_request","message":"bad request","details":"${details}"}`
}

/** Alice's list with one of the three headers left out. */
function without(name: keyof typeof ACCESS): Row['request'] {
  return ({ alice }) => {
    const { [ACCESS[name]]: _, ...headers } = accessHeaders(alice, 'GET', KEYS)
    return ['GET', KEYS, { headers }]
  }
}

/** Alice's list with another value in one of the three headers. */
function withHeader(name: keyof typeof ACCESS, value: string): Row['request'] {
  return ({ alice }) => [
    'GET',
    KEYS,
    { headers: { ...accessHeaders(alice, 'GET', KEYS), [ACCESS[name]]: Buffer.from(value).toString('latin1') } },
  ]
}

/** Alice's list, rightly signed at another time. */
function signedAt(timestamp: () => number): Row['request'] {
  return ({ alice }) => ['GET', KEYS, { headers: accessHeaders(alice, 'GET', KEYS, timestamp()) }]
}

/** Alice's list with a signature over another request. */
function signedFor(method: string, target: string): Row['request'] {
  return ({ alice }) => ['GET', KEYS, { headers: accessHeaders(alice, method, target) }]
}

/** Alice asks for a new key pair. */
function posting(json: unknown): Row['request'] {
  return ({ alice }) => ['POST', GENERATE, { as: alice, json }]
}

/** Another key of Alice's. */
function given({ database, alice }: World, parts: Partial<ApiKey> = {}): Promise<GivenKey> {
  return givenKey(database, alice.accountId, parts)
}

async function givenInState(world: World, change: Parameters<typeof setApiKeyState>[3]): Promise<GivenKey> {
  const key = await given(world)
  await inTransaction(world.database, (trx) => setApiKeyState(trx, key.accountId, key.keyId, change, Date.now()))
  return key
}

/** Another spelling of the same 64 bytes: the last digit before the padding has four unused bits. */
function nextDigit(end: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return `${digits[digits.indexOf(end[0] ?? '') + 1]}==`
}

function flipBit(signature: string): string {
  const bytes = Buffer.from(signature, 'base64')
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20)
  return bytes.toString('base64')
}
