import { constants, createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  contentDigest,
  importSigningKey,
  type PublicKey,
  parsePrivateKey,
  parseSpki,
  signRequestMessage,
} from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import type { CauseCode } from './causes.ts'
import { diagnose } from './diagnose.ts'
import type { Diagnosis, DiagnosisContext } from './diagnosis.ts'
import type { RefusedRequest } from './refused-request.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')

const ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const OTHER_ID = '1b77e0d4-0c3a-4e58-8a5d-3d8f3c1c2b4a'
const PATH = '/trade-api/v2/portfolio/orders'
const NOW = 1_703_123_456_789

function publicOf({ publicKey }: { publicKey: KeyObject }): PublicKey {
  const key = parseSpki(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })))
  if ('problem' in key) throw new Error(key.message)
  return key
}

const RSA: DiagnosisContext = {
  keys: [
    { key: publicOf(rsa), keyId: ID, name: 'pricing-bot' },
    { key: publicOf(other), keyId: OTHER_ID, name: 'desk-eu' },
  ],
  serverTimeMs: NOW + 120,
}
const ED25519: DiagnosisContext = { keys: [{ key: publicOf(ed25519), keyId: ID }], serverTimeMs: NOW + 120 }

const PADDING = constants.RSA_PKCS1_PSS_PADDING
const pss = (text: string | Buffer, saltLength = 32, hash = 'sha256', key = rsa.privateKey) =>
  sign(hash, Buffer.from(text), { key, padding: PADDING, saltLength })
const pkcs1 = (text: string) => sign('sha256', Buffer.from(text), rsa.privateKey)
const ed = (text: string) => sign(null, Buffer.from(text), ed25519.privateKey)
const base64 = (bytes: Buffer) => bytes.toString('base64')

interface Sent {
  readonly method?: string
  readonly target?: string
  readonly timestamp?: string
  readonly keyId?: string
  readonly body?: string
}

function sent(
  signature: string,
  { method = 'GET', target = PATH, timestamp, keyId = ID, body }: Sent = {},
): RefusedRequest {
  return {
    method,
    target,
    authority: 'api.example.com',
    headers: [
      ['KALSHI-ACCESS-KEY', keyId],
      ['Kalshi-Access-Timestamp', timestamp ?? `${NOW}`],
      ['kalshi-access-signature', signature],
    ],
    ...(body !== undefined && { body: new TextEncoder().encode(body) }),
  }
}

function causesOf(diagnosis: Diagnosis): readonly string[] {
  return diagnosis.verdict === 'mistake' ? diagnosis.findings.map(({ cause }) => cause) : [diagnosis.verdict]
}

const RIGHT = `${NOW}GET${PATH}`
const WITH_QUERY = `${PATH}?status=open&limit=5`
const POST = { method: 'POST', body: '{"ticker":"A", "count":1}' }

describe('the request line', () => {
  test.each([`/${PATH}`, `${PATH}//a`, `${PATH}/a%2Fb`, `${PATH};a=b`, `${PATH}/./a`, `${PATH}/a%252Fb`])(
    '%s is refused before any signature is looked at',
    async (target) => {
      for (const text of [`${NOW}GET${target}`, RIGHT]) {
        const diagnosis = await diagnose(sent(base64(pss(text)), { target }), RSA)
        expect(diagnosis).toMatchObject({ findings: [{ cause: 'target_refused', confidence: 'certain' }] })
      }
      expect(causesOf(await diagnose({ method: 'GET', target, headers: [] }))).toEqual(['target_refused'])
    },
  )

  test('a method in lower case', async () => {
    const request = sent(base64(pss(RIGHT)), { method: 'get' })
    expect(causesOf(await diagnose(request, RSA))).toEqual(['method_refused'])
  })
})

describe('after a right signature', () => {
  const right = sent(base64(pss(RIGHT)))
  const keyFacts = { state: 'active', scopes: ['read'] } as const

  test('it says what could not be looked at', async () => {
    expect(await diagnose(right, RSA)).toMatchObject({ verdict: 'correct', unseen: ['key', 'route', 'replay'] })
    const { serverTimeMs: _, ...timeless } = RSA
    expect(await diagnose(right, timeless)).toMatchObject({ unseen: ['clock', 'key', 'route', 'replay'] })
    expect(await diagnose(right, { ...RSA, keyFacts, route: { scope: 'read' } })).toMatchObject({ unseen: ['replay'] })
  })

  test.each<[string, Partial<DiagnosisContext>, readonly string[]]>([
    ['a disabled key', { keyFacts: { ...keyFacts, state: 'disabled' } }, ['key_disabled']],
    ['a revoked key', { keyFacts: { ...keyFacts, state: 'revoked' } }, ['key_revoked']],
    ['an expired key', { keyFacts: { ...keyFacts, state: 'expired' } }, ['key_expired']],
    [
      'a key of RFC 9421',
      { keyFacts: { ...keyFacts, minimumProfile: 'http-message-signatures' } },
      ['profile_below_minimum'],
    ],
    ['a route of RFC 9421', { route: { minimumProfile: 'http-message-signatures' } }, ['profile_below_minimum']],
    ['a scope too few', { keyFacts, route: { scope: 'write' } }, ['scope_missing']],
    ['no rule', { route: { refused: 'None matches.' } }, ['route_not_allowed']],
    [
      'used before',
      { answer: { code: 'authentication_error', details: 'SIGNATURE_ALREADY_USED' } },
      ['signature_used_before'],
    ],
    ['used before, as listed', { answer: { code: 'signature_already_used' } }, ['signature_used_before']],
    ['elsewhere', { answer: { code: 'ip_not_allowed' } }, ['address_not_allowed']],
    ['suspended', { answer: { code: 'authentication_error', details: 'ACCOUNT_SUSPENDED' } }, ['account_suspended']],
    ['too many', { answer: { code: 'too_many_requests' } }, ['too_many_requests']],
    ['anything else', { answer: { code: 'service_unavailable' } }, ['refused_otherwise']],
    [
      'another signature for the server',
      { answer: { code: 'authentication_error', details: 'INCORRECT_API_KEY_SIGNATURE' } },
      ['changed_on_the_way'],
    ],
    [
      'the same, twice known',
      { keyFacts: { ...keyFacts, state: 'disabled' }, answer: { code: 'key_disabled' } },
      ['key_disabled'],
    ],
  ])('%s', async (_, context, causes) => {
    expect(causesOf(await diagnose(right, { ...RSA, ...context }))).toEqual(causes)
  })

  test('a key from a file that the server does not take: likely it is not the one of this key id', async () => {
    const answer = { code: 'authentication_error', details: 'INCORRECT_API_KEY_SIGNATURE' }
    const keys = [{ key: publicOf(rsa), name: 'key.pem' }]
    expect(await diagnose(right, { ...RSA, keys, answer })).toMatchObject({
      findings: [{ cause: 'other_key', confidence: 'likely' }],
    })
  })

  test('an answer that may be of another request is a guess', async () => {
    const answer = { code: 'ip_not_allowed', isGuess: true }
    expect(await diagnose(right, { ...RSA, answer })).toMatchObject({
      findings: [{ cause: 'address_not_allowed', confidence: 'likely' }],
    })
  })

  test('a prefix before the base path, where the server saw another signature', async () => {
    const target = `/gw${PATH}`
    const request = sent(base64(pss(`${NOW}GET${target}`)), { target })
    const answer = { code: 'authentication_error', details: 'INCORRECT_API_KEY_SIGNATURE' }
    expect(await diagnose(request, { ...RSA, answer })).toMatchObject({
      findings: [{ cause: 'path_prefix', confidence: 'likely' }],
    })
    expect(causesOf(await diagnose(request, RSA))).toEqual(['correct'])
  })

  test('nothing of it is said where the signature is wrong', async () => {
    const wrong = sent(base64(pss(`${RIGHT}/`)))
    const context = { ...RSA, keyFacts: { ...keyFacts, state: 'disabled' as const } }
    expect(causesOf(await diagnose(wrong, context))).toEqual(['trailing_slash'])
  })
})

describe('access headers', () => {
  test.each<[string, RefusedRequest, readonly (CauseCode | 'correct' | 'unknown')[]]>([
    ['a right signature', sent(base64(pss(RIGHT))), ['correct']],
    ['a salt that is as long as it can be', sent(base64(pss(RIGHT, 222))), ['correct']],
    ['query', sent(base64(pss(`${NOW}GET${WITH_QUERY}`)), { target: WITH_QUERY }), ['query_signed']],
    ['base path missing', sent(base64(pss(`${NOW}GET/portfolio/orders`))), ['base_path_missing']],
    [
      'the prefix of a gateway missing',
      sent(base64(pss(`${NOW}GET${PATH}`)), { target: `/some/gw${PATH}` }),
      ['public_prefix_missing'],
    ],
    ['base path doubled', sent(base64(pss(`${NOW}GET/trade-api/v2${PATH}`))), ['base_path_doubled']],
    ['PKCS#1 v1.5', sent(base64(pkcs1(RIGHT))), ['pkcs1_padding']],
    ['seconds', sent(base64(pss(`1703123456GET${PATH}`)), { timestamp: '1703123456' }), ['timestamp_in_seconds']],
    [
      'seconds sent',
      sent(base64(pss(RIGHT)), { timestamp: '1703123456' }),
      ['timestamp_in_seconds', 'other_timestamp_signed'],
    ],
    ['seconds signed', sent(base64(pss(`1703123456GET${PATH}`))), ['seconds_signed']],
    ['two timestamps', sent(base64(pss(`${NOW - 3}GET${PATH}`))), ['other_timestamp_signed']],
    ['body', sent(base64(pss(`${NOW}POST${PATH}${POST.body}`)), POST), ['body_appended']],
    ['body written anew', sent(base64(pss(`${NOW}POST${PATH}{"ticker":"A","count":1}`)), POST), ['body_appended']],
    ['a body that was sent and another one signed', sent(base64(pss(`${NOW}POST${PATH}{}`)), POST), ['body_appended']],
    [
      'query sorted before it was signed',
      sent(base64(pss(`${NOW}GET${PATH}?limit=5&status=open`)), { target: `${PATH}?status=open&limit=5` }),
      ['query_signed'],
    ],
    [
      'a path encoded twice',
      sent(base64(pss(`${NOW}GET${PATH}/A%2520B`)), { target: `${PATH}/A%20B` }),
      ['path_encoding'],
    ],
    ['a prefix that a gateway takes off', sent(base64(pss(`${NOW}GET/gw${PATH}`))), ['path_prefix']],
    ['lower-case method', sent(base64(pss(`${NOW}get${PATH}`))), ['method_lower_case']],
    ['trailing slash', sent(base64(pss(`${RIGHT}/`))), ['trailing_slash']],
    ['host', sent(base64(pss(`${NOW}GEThttps://api.example.com${PATH}`))), ['host_signed']],
    ['no timestamp', sent(base64(pss(`GET${PATH}`))), ['parts_missing']],
    ['another order', sent(base64(pss(`GET${PATH}${NOW}`))), ['parts_reordered']],
    ['lines', sent(base64(pss(`${NOW}\nGET\n${PATH}`))), ['separators_added']],
    ['newline', sent(base64(pss(`${RIGHT}\n`))), ['newline_appended']],
    ['hashed twice', sent(base64(pss(createHash('sha256').update(RIGHT).digest()))), ['hashed_twice']],
    ['hex digest', sent(base64(pss(createHash('sha256').update(RIGHT).digest('hex')))), ['hex_digest_signed']],
    ['UTF-16', sent(base64(pss(Buffer.from(RIGHT, 'utf16le')))), ['utf16_signed']],
    ['SHA-1', sent(base64(pss(RIGHT, 20, 'sha1'))), ['pss_sha1']],
    ['SHA-512', sent(base64(pss(RIGHT, 64, 'sha512'))), ['wrong_hash']],
    ['hex', sent(pss(RIGHT).toString('hex')), ['signature_hex']],
    ['base64url', sent(pss(RIGHT).toString('base64url')), ['signature_base64url']],
    ['line breaks', sent(base64(pss(RIGHT)).replace(/(.{64})/g, '$1 ')), ['signature_line_breaks']],
    ['quotes', sent(`b'${base64(pss(RIGHT))}'`), ['signature_quoted']],
    ['encoded twice', sent(Buffer.from(base64(pss(RIGHT))).toString('base64')), ['signature_encoded_twice']],
    ['reversed', sent(base64(Buffer.from(pss(RIGHT)).reverse())), ['signature_reversed']],
    ['HMAC', sent(createHmac('sha256', 'x').update(RIGHT).digest('base64')), ['hmac_signature']],
    ['an Ed25519 signer', sent(base64(ed(RIGHT))), ['key_type_differs']],
    ['a sibling', sent(base64(pss(RIGHT, 32, 'sha256', other.privateKey))), ['other_key']],
    [
      'a sibling, query',
      sent(base64(pss(`${NOW}GET${WITH_QUERY}`, 32, 'sha256', other.privateKey)), { target: WITH_QUERY }),
      ['other_key', 'query_signed'],
    ],
    ['brackets', sent(base64(pss(RIGHT)), { keyId: `<${ID}>` }), ['key_id_malformed']],
    ['an unknown id', sent(base64(pss(RIGHT)), { keyId: ID.replace('8', '9') }), ['key_unknown', 'other_key']],
    [
      'query and PKCS#1',
      sent(base64(pkcs1(`${NOW}GET${WITH_QUERY}`)), { target: WITH_QUERY }),
      ['pkcs1_padding', 'query_signed'],
    ],
    [
      'query, no base path',
      sent(base64(pss(`${NOW}GET/portfolio/orders?status=open&limit=5`)), { target: WITH_QUERY }),
      ['query_signed', 'base_path_missing'],
    ],
    ['random bytes', sent(base64(randomBytes(256))), ['unknown']],
    ['an unlisted text', sent(base64(pss('something else'))), ['unknown']],
    [
      'a clock that is slow',
      sent(base64(pss(`${NOW - 41_000}GET${PATH}`)), { timestamp: `${NOW - 41_000}` }),
      ['clock_behind'],
    ],
    [
      'a clock that is fast',
      sent(base64(pss(`${NOW + 60_000}GET${PATH}`)), { timestamp: `${NOW + 60_000}` }),
      ['clock_ahead'],
    ],
    [
      'a time zone',
      sent(base64(pss(`${NOW + 3_600_000}GET${PATH}`)), { timestamp: `${NOW + 3_600_000}` }),
      ['time_zone'],
    ],
    ['nothing', { method: 'GET', target: PATH, headers: [] }, ['headers_missing']],
    ['a bearer token', { method: 'GET', target: PATH, headers: [['Authorization', 'Bearer x']] }, ['other_scheme']],
    ['empty headers', sent('', { keyId: '', timestamp: '' }), ['headers_missing']],
    ['no signature', sent(''), ['signature_missing']],
    ['no timestamp header', sent('AAAA', { timestamp: '' }), ['timestamp_missing', 'signature_length']],
  ])('%s', async (_, request, causes) => {
    expect(causesOf(await diagnose(request, RSA))).toEqual(causes)
  })

  test.each<[string, string, readonly string[]]>([
    ['a right signature', RIGHT, ['correct']],
    ['query', `${NOW}GET${WITH_QUERY}`, ['query_signed']],
    ['two timestamps', `${NOW + 2}GET${PATH}`, ['other_timestamp_signed']],
    ['an unlisted text', 'something else', ['unknown']],
  ])('Ed25519: %s', async (_, text, causes) => {
    expect(causesOf(await diagnose(sent(base64(ed(text)), { target: WITH_QUERY }), ED25519))).toEqual(causes)
  })

  test('says what was signed beside what should have been, and how', async () => {
    const request = sent(base64(pkcs1(`${NOW}GET${WITH_QUERY}`)), { target: WITH_QUERY })
    expect(await diagnose(request, RSA)).toMatchObject({
      verdict: 'mistake',
      expected: RIGHT,
      signed: {
        algorithm: 'RSASSA-PKCS1-v1_5 with SHA-256',
        key: { name: 'pricing-bot' },
        diff: { signed: `${NOW}GET${WITH_QUERY}`, expected: RIGHT, ranges: [{ kind: 'extra' }] },
      },
    })
  })

  test('tells of a salt that is accepted and not the one that clients are told', async () => {
    expect(await diagnose(sent(base64(pss(RIGHT, 222))), RSA)).toMatchObject({
      verdict: 'correct',
      remark: 'The salt has 222 bytes. It is accepted; the documentation asks for 32.',
    })
  })

  test('sees the prefix of a provider', async () => {
    const request = sent(base64(pss(`${NOW}GET${WITH_QUERY}`)), { target: WITH_QUERY })
    const headers = request.headers.map(([name, value]) => [name.replace(/kalshi/i, 'ACME'), value] as const)
    expect(causesOf(await diagnose({ ...request, headers }, RSA))).toEqual(['query_signed'])
  })

  test('without keys says what arithmetic says, and nothing of the signature', async () => {
    const old = sent(base64(pss(`${NOW}GET${WITH_QUERY}`)), { target: WITH_QUERY })
    expect(await diagnose(old)).toEqual({ verdict: 'unknown', expected: RIGHT })
    expect(causesOf(await diagnose(old, { serverTimeMs: NOW + 31_000 }))).toEqual(['clock_behind'])
  })
})

describe('RFC 9421', () => {
  const created = Math.floor(NOW / 1000)

  type Change = (text: string) => string

  /** A signed request whose base was changed before it was signed. */
  async function message(
    change: Change,
    key: KeyObject = rsa.privateKey,
    header?: (name: string, value: string) => string,
  ): Promise<RefusedRequest> {
    const body = new TextEncoder().encode('{"a":1}')
    const pkcs8 = key.export({ format: 'pem', type: 'pkcs8' }).toString()
    const real = await importSigningKey(parsePrivateKey(pkcs8))
    const signing = {
      ...real,
      sign: (algorithm: Parameters<typeof real.sign>[0], data: Uint8Array) =>
        real.sign(algorithm, new TextEncoder().encode(change(new TextDecoder().decode(data)))),
    }
    const headers = await signRequestMessage({
      ...{ method: 'POST', url: `https://api.example.com${WITH_QUERY}`, body },
      ...{ key: signing, keyId: ID, createdSeconds: created, nonce: 'n0', tag: 'countersign' },
    })
    return {
      method: 'POST',
      target: WITH_QUERY,
      authority: 'api.example.com',
      scheme: 'https',
      headers: Object.entries(headers).map(([name, value]) => [name, header?.(name, value) ?? value]),
      body,
    }
  }

  test.each<[string, Change, readonly string[]]>([
    ['a right signature', (base) => base, ['correct']],
    [
      'another host',
      (base) => base.replace('"@authority": api.example.com', '"@authority": localhost'),
      ['authority_differs'],
    ],
    ['a port', (base) => base.replace('api.example.com', 'api.example.com:443'), ['authority_differs']],
    ['path with query', (base) => base.replace(/("@path": \S+)/, '$1?status=open&limit=5'), ['path_with_query']],
    ['query without mark', (base) => base.replace('"@query": ?', '"@query": '), ['query_without_mark']],
    [
      'another order of parameters',
      (base) => base.replace('?status=open&limit=5', '?limit=5&status=open'),
      ['query_reordered'],
    ],
    ['a line break at the end', (base) => `${base}\n`, ['base_malformed']],
    ['names without quotes', (base) => base.replaceAll(/^"(@?[a-z-]+)"/gm, '$1'), ['base_malformed']],
    ['a component left out', (base) => base.replace(/"@authority".*\n/, ''), ['components_differ']],
    ['lower-case method', (base) => base.replace('POST', 'post'), ['method_lower_case']],
  ])('%s', async (_, change, causes) => {
    for (const key of [rsa.privateKey, ed25519.privateKey]) {
      const context = key === rsa.privateKey ? RSA : ED25519
      expect(causesOf(await diagnose(await message(change, key), context))).toEqual(causes)
    }
  })

  test.each(['http', 'https'])('@target-uri as %s, host and query without the path', async (scheme) => {
    const authority = '127.0.0.1:4100'
    for (const written of [`${scheme}://${authority}status=open`, `${scheme}://${authority}?status=open`]) {
      const parameters = `("@method" "@target-uri");created=${created};keyid="${ID}";tag="countersign"`
      const base = `"@method": GET\n"@target-uri": ${written}\n"@signature-params": ${parameters}`
      const request: RefusedRequest = {
        ...{ method: 'GET', target: `${PATH}?status=open`, authority, scheme: 'http' },
        headers: [
          ['Signature-Input', `sig=${parameters}`],
          ['Signature', `sig=:${base64(ed(base))}:`],
        ],
      }
      expect(causesOf(await diagnose(request, ED25519))).toEqual(['target_uri_incomplete'])
    }
  })

  test('a digest of another body, and a body that is not covered', async () => {
    const right = await message((base) => base)
    const changed = { ...right, body: new TextEncoder().encode('{"a": 1}') }
    expect(causesOf(await diagnose(changed, RSA))).toEqual(['digest_of_other_body'])
    const headers = right.headers.map(([name, value]) => [
      name,
      name.toLowerCase() === 'content-digest' ? 'sha-256=:AAAA:' : value,
    ]) as RefusedRequest['headers']
    expect(causesOf(await diagnose({ ...right, headers }, RSA))).toContain('digest_of_other_body')
    expect(await contentDigest(right.body ?? new Uint8Array(0))).toMatch(/^sha-256=/)
  })

  async function input(value: string): Promise<readonly string[]> {
    const request = await message(
      (base) => base,
      rsa.privateKey,
      (name, given) => (name.toLowerCase() === 'signature-input' ? value : given),
    )
    return causesOf(await diagnose(request, { ...RSA, tag: 'countersign' }))
  }

  test.each([
    [
      'created in milliseconds',
      `sig1=("@method" "@authority" "@path" "@query" "content-digest");created=${NOW};keyid="${ID}";nonce="a";tag="countersign"`,
      'created_in_milliseconds',
    ],
    [
      'no query',
      `sig1=("@method" "@authority" "@path" "content-digest");created=${created};keyid="${ID}";nonce="a";tag="countersign"`,
      'query_not_covered',
    ],
    [
      'no digest',
      `sig1=("@method" "@authority" "@path" "@query");created=${created};keyid="${ID}";nonce="a";tag="countersign"`,
      'digest_not_covered',
    ],
    [
      'no method',
      `sig1=("@target-uri" "content-digest");created=${created};keyid="${ID}";nonce="a";tag="countersign"`,
      'components_missing',
    ],
    [
      'no nonce',
      `sig1=("@method" "@target-uri" "content-digest");created=${created};keyid="${ID}";tag="countersign"`,
      'nonce_missing',
    ],
    [
      'another tag',
      `sig1=("@method" "@target-uri" "content-digest");created=${created};keyid="${ID}";nonce="a"`,
      'tag_differs',
    ],
    [
      'an old one',
      `sig1=("@method" "@target-uri" "content-digest");created=${created - 600};keyid="${ID}";nonce="a";tag="countersign"`,
      'clock_behind',
    ],
    [
      'its own end',
      `sig1=("@method" "@target-uri" "content-digest");created=${created};expires=${created - 1};keyid="${ID}";nonce="a";tag="countersign"`,
      'signature_expired',
    ],
    [
      'another algorithm',
      `sig1=("@method" "@target-uri" "content-digest");created=${created};keyid="${ID}";alg="hmac-sha256";nonce="a";tag="countersign"`,
      'algorithm_named_wrong',
    ],
    ['no structured field', 'sig1=(@method)', 'signature_input_malformed'],
    [
      'a component that this message has not',
      `sig1=("@method" "@target-uri" "content-digest" "x-none");created=${created};keyid="${ID}";nonce="a";tag="countersign"`,
      'signature_input_malformed',
    ],
  ])('%s', async (_, value, cause) => {
    expect(await input(value)).toContain(cause)
  })

  test('a salt of another length', async () => {
    const right = await message((base) => base)
    let base = ''
    await message((text) => {
      base = text
      return text
    })
    const headers = right.headers.map(([name, value]) => [
      name,
      name.toLowerCase() === 'signature' ? `sig1=:${base64(pss(base, 32, 'sha512'))}:` : value,
    ]) as RefusedRequest['headers']
    expect(causesOf(await diagnose({ ...right, headers }, RSA))).toEqual(['salt_length'])
  })

  test.each([
    [[['Signature', 'sig1=:AAAA:']], 'signature_input_missing'],
    [[['Signature-Input', 'sig1=()']], 'signature_missing'],
    [
      [
        ['Signature-Input', 'sig1=()'],
        ['KALSHI-ACCESS-KEY', 'x'],
      ],
      'two_profiles',
    ],
  ] as const)('%j', async (headers, cause) => {
    expect(causesOf(await diagnose({ method: 'GET', target: '/', headers }))).toEqual([cause])
  })
})
