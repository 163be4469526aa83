import { execFileSync } from 'node:child_process'
import { constants, createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CAUSES, type CauseCode, type DiagnosisContext, diagnose, type RefusedRequest } from '@countersign/doctor'
import {
  createGate,
  createMemoryAdmission,
  createMemoryKeySource,
  type KeyRecord,
  parseNetwork,
  type Rule,
} from '@countersign/gate'
import {
  importSigningKey,
  importVerifyingKey,
  parsePrivateKey,
  parseSpki,
  type SigningKey,
  signRequestMessage,
} from '@countersign/protocol'
import { beforeAll, expect, test } from 'vitest'

const NOW = 1_703_123_456_789
const CLOCKS = { wallMs: () => NOW, monotonicMs: () => 0 }
const SECONDS = Math.floor(NOW / 1000)
const RSA_ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const OTHER_ID = '1b77e0d4-0c3a-4e58-8a5d-3d8f3c1c2b4a'
const ED_ID = '3e0f8d5c-6a0b-4d3c-9c58-0a1d6b7f8e21'
const BASE_PATH = '/trade-api/v2'
const PATH = `${BASE_PATH}/orders/A%20B`
const TARGET = `${PATH}?status=open&limit=5`
const BODY = '{"ticker":"A", "count":1}'
const RIGHT = `${NOW}GET${PATH}`
const AUTHORITY = 'api.example.com'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')

const padding = constants.RSA_PKCS1_PSS_PADDING
const pss = (text: string | Buffer, hash = 'sha256', saltLength = 32, key: KeyObject = rsa.privateKey) =>
  sign(hash, Buffer.from(text), { key, padding, saltLength })
const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** node:crypto takes one digest for both; openssl takes two. */
function withMgf1OfSha1(text: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-mgf1-'))
  try {
    writeFileSync(join(folder, 'key.pem'), rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
    const options = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32', '-sigopt', 'rsa_mgf1_md:sha1']
    return execFileSync('openssl', ['dgst', '-sha256', ...options, '-sign', 'key.pem'], { cwd: folder, input: text })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Case {
  readonly request: RefusedRequest
  /** What is known beside it. */
  readonly context?: DiagnosisContext
  /** How the key is, or its route, so that the request is refused. */
  readonly record?: Partial<KeyRecord>
  readonly rule?: Rule | 'none'
  /** Whether it was sent before. */
  readonly isSecond?: true
  /** What the advice changes beside signing anew: the key that is used, or the request line. */
  readonly mended?: Partial<RefusedRequest>
  /** Accepted as it is, and yet worth telling; or refused by something that is not in this test. */
  readonly isUnseen?: true
}

interface Sent {
  readonly method?: string
  readonly target?: string
  readonly timestamp?: string
  readonly keyId?: string
  readonly body?: string
}

/** A request in access headers with this signature, or over this text. */
function access(signed: string | Buffer, sent: Sent = {}): RefusedRequest {
  const signature = typeof signed === 'string' ? signed : signed.toString('base64')
  const { method = 'GET', target = TARGET, timestamp = `${NOW}`, keyId = RSA_ID, body = '' } = sent
  return {
    ...{ method, target, authority: AUTHORITY, scheme: 'https', body: new TextEncoder().encode(body) },
    headers: [
      ['KALSHI-ACCESS-KEY', keyId],
      ['KALSHI-ACCESS-TIMESTAMP', timestamp],
      ['KALSHI-ACCESS-SIGNATURE', signature],
    ],
  }
}

/** A request in access headers that signs this text by RSA-PSS. */
const over = (text: string, sent?: Sent): Case => ({ request: access(pss(text), sent) })
const signed = (signature: string | Buffer, sent?: Sent): Case => ({ request: access(signature, sent) })
const bare = (headers: RefusedRequest['headers']): Case => ({ request: { ...access('AAAA'), headers } })
const without = (name: string): Case => {
  const request = access(pss(RIGHT))
  return { request: { ...request, headers: request.headers.filter(([it]) => !it.endsWith(name)) } }
}
const at = (timestamp: string): Case => over(`${timestamp}GET${PATH}`, { timestamp })
const refusedFor = (changes: Omit<Case, 'request'>): Case => ({ request: access(pss(RIGHT)), ...changes })

interface Message {
  readonly components?: string
  readonly parameters?: string
  readonly base?: (base: string) => string
  readonly method?: string
  readonly body?: string
  readonly digest?: string
  readonly salt?: number
  readonly headers?: (headers: RefusedRequest['headers']) => RefusedRequest['headers']
}

const PARAMETERS = `;created=${SECONDS};keyid="${RSA_ID}";tag="countersign"`

/** A request by RFC 9421, its base and its parameters as they are told. */
function message(told: Message): Case {
  const { method = 'GET', body, digest, salt = 64 } = told
  const { components = '"@method" "@authority" "@path" "@query"', parameters = PARAMETERS } = told
  const values: Readonly<Record<string, string>> = {
    '@method': method,
    '@authority': AUTHORITY,
    '@path': PATH,
    '@query': TARGET.slice(PATH.length),
    '@scheme': 'https',
    '@target-uri': `https://${AUTHORITY}${TARGET}`,
    'content-digest': digest ?? '',
  }
  const input = `(${components})${parameters}`
  const lines = [...components.matchAll(/"([^"]+)"/g)].map(([, name = '']) => `"${name}": ${values[name]}`)
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  const signature = pss(told.base?.(base) ?? base, 'sha512', salt).toString('base64')
  const headers: RefusedRequest['headers'] = [
    ['Signature-Input', `sig1=${input}`],
    ['Signature', `sig1=:${signature}:`],
    ...(digest === undefined ? [] : ([['Content-Digest', digest]] as const)),
  ]
  return {
    request: {
      ...{ method, target: TARGET, authority: AUTHORITY, scheme: 'https' },
      headers: told.headers?.(headers) ?? headers,
      body: new TextEncoder().encode(body ?? ''),
    },
  }
}

const digestOf = (text: string) => `sha-256=:${sha256(text).toString('base64')}:`
const replaced = (from: string | RegExp, to: string) => ({ base: (base: string) => base.replace(from, to) })
const NONCE = `${PARAMETERS};nonce="n-1"`

/** A request for each cause: the doctor names it, and what the doctor advises makes it one that the gate lets through. */
const CASES: Readonly<Record<CauseCode, Case>> = {
  target_refused: { ...over(`${NOW}GET/${PATH}`, { target: `/${PATH}` }), mended: { target: PATH } },
  method_refused: { ...over(`${NOW}get${PATH}`, { method: 'get' }), mended: { method: 'GET' } },
  headers_missing: bare([]),
  key_id_missing: without('KEY'),
  timestamp_missing: without('TIMESTAMP'),
  signature_missing: without('SIGNATURE'),
  header_duplicated: bare([...access(pss(RIGHT)).headers, ['kalshi-access-key', RSA_ID]]),
  other_scheme: bare([['Authorization', 'Bearer abc']]),
  key_id_malformed: over(RIGHT, { keyId: `"${RSA_ID}"` }),
  key_unknown: over(RIGHT, { keyId: '99999999-5d1e-4c0b-9f0e-6a2f3f7b9c10' }),
  two_profiles: bare([...access(pss(RIGHT)).headers, ['Signature-Input', 'a=()']]),
  timestamp_in_seconds: at(`${SECONDS}`),
  timestamp_in_microseconds: at(`${NOW}000`),
  timestamp_in_nanoseconds: at(`${NOW}000000`),
  timestamp_malformed: at('2023-12-21T01:50:56Z'),
  clock_behind: at(`${NOW - 47_000}`),
  clock_ahead: at(`${NOW + 77_000}`),
  time_zone: at(`${NOW - 3_600_000}`),
  other_timestamp_signed: over(`${NOW - 3}GET${PATH}`),
  seconds_signed: over(`${SECONDS}GET${PATH}`),
  query_signed: over(`${NOW}GET${TARGET}`),
  base_path_missing: over(`${NOW}GET${PATH.slice(BASE_PATH.length)}`),
  public_prefix_missing: over(RIGHT, { target: `/gw${TARGET}` }),
  base_path_doubled: over(`${NOW}GET${BASE_PATH}${PATH}`),
  body_appended: over(`${NOW}POST${PATH}${BODY}`, { method: 'POST', body: BODY }),
  method_lower_case: over(`${NOW}get${PATH}`),
  other_method_signed: over(`${NOW}PUT${PATH}`),
  trailing_slash: over(`${RIGHT}/`),
  path_encoding: over(`${NOW}GET${decodeURI(PATH)}`),
  path_prefix: over(`${NOW}GET/gw${PATH}`),
  path_case: over(`${NOW}GET${PATH.toLowerCase()}`),
  host_signed: over(`${NOW}GEThttps://${AUTHORITY}${PATH}`),
  leading_slash_missing: over(`${NOW}GET${PATH.slice(1)}`),
  parts_missing: over(`GET${PATH}`),
  parts_reordered: over(`GET${PATH}${NOW}`),
  separators_added: over(`${NOW}\nGET\n${PATH}`),
  key_id_signed: over(`${RSA_ID}${RIGHT}`),
  newline_appended: over(`${RIGHT}\n`),
  text_quoted: over(`"${RIGHT}"`),
  utf16_signed: signed(pss(Buffer.from(RIGHT, 'utf16le'))),
  hashed_twice: signed(pss(sha256(RIGHT))),
  hex_digest_signed: signed(pss(sha256(RIGHT).toString('hex'))),
  pkcs1_padding: signed(sign('sha256', Buffer.from(RIGHT), rsa.privateKey)),
  pss_sha1: signed(pss(RIGHT, 'sha1', 20)),
  mgf1_sha1: signed(withMgf1OfSha1(RIGHT)),
  wrong_hash: signed(pss(RIGHT, 'sha512', 64)),
  salt_length: message({ salt: 32 }),
  signature_hex: signed(pss(RIGHT).toString('hex')),
  signature_base64url: signed(pss(RIGHT).toString('base64url')),
  signature_unpadded: signed(pss(RIGHT).toString('base64').replace(/=+$/, '')),
  signature_line_breaks: signed(
    pss(RIGHT)
      .toString('base64')
      .replaceAll(/(.{64})/g, '$1 '),
  ),
  signature_quoted: signed(`b'${pss(RIGHT).toString('base64')}'`),
  signature_encoded_twice: signed(btoa(pss(RIGHT).toString('base64'))),
  signature_reversed: signed(Buffer.from(pss(RIGHT)).reverse()),
  signature_not_base64: signed('%%%'),
  hmac_signature: signed(createHmac('sha256', 'secret').update(RIGHT).digest()),
  key_type_differs: signed(sign(null, Buffer.from(RIGHT), generateKeyPairSync('ed25519').privateKey)),
  signature_length: signed(pss(RIGHT).subarray(0, 200)),
  other_key: signed(pss(RIGHT, 'sha256', 32, other.privateKey)),
  signature_input_missing: message({ headers: (headers) => headers.slice(1) }),
  signature_input_malformed: message({ headers: ([, ...rest]) => [['Signature-Input', 'sig1'], ...rest] }),
  query_not_covered: message({ components: '"@method" "@authority" "@path"' }),
  digest_not_covered: message({ method: 'POST', body: BODY, parameters: NONCE }),
  components_missing: message({ components: '"@authority" "@path" "@query"' }),
  nonce_missing: message({ method: 'DELETE' }),
  created_in_milliseconds: message({ parameters: PARAMETERS.replace(`${SECONDS}`, `${NOW}`) }),
  signature_expired: message({ parameters: `${PARAMETERS};expires=${SECONDS - 1}` }),
  tag_differs: message({ parameters: PARAMETERS.replace('countersign', 'other') }),
  algorithm_named_wrong: message({ parameters: `${PARAMETERS};alg="ed25519"` }),
  digest_of_other_body: message({
    ...{ components: '"@method" "@authority" "@path" "@query" "content-digest"', parameters: NONCE },
    ...{ method: 'POST', body: BODY, digest: digestOf('{}') },
  }),
  authority_differs: message(replaced(AUTHORITY, 'localhost:4100')),
  scheme_differs: message({ components: '"@method" "@target-uri"', ...replaced('https:', 'http:') }),
  path_with_query: message(replaced(`"@path": ${PATH}`, `"@path": ${TARGET}`)),
  query_without_mark: message(replaced('"@query": ?', '"@query": ')),
  query_reordered: message(replaced('?status=open&limit=5', '?limit=5&status=open')),
  target_uri_incomplete: message({ components: '"@method" "@target-uri"', ...replaced(PATH, '') }),
  components_differ: message(replaced(/"@authority".*\n/, '')),
  base_malformed: message({ base: (base) => `${base}\n` }),
  key_disabled: refusedFor({ record: { state: 'disabled' }, context: { keyFacts: { state: 'disabled', scopes: [] } } }),
  key_revoked: refusedFor({ record: { state: 'revoked' }, context: { keyFacts: { state: 'revoked', scopes: [] } } }),
  key_expired: refusedFor({ record: { expiresAtMs: 1 }, context: { keyFacts: { state: 'expired', scopes: [] } } }),
  account_suspended: refusedFor({ record: { accountSuspended: true } }),
  profile_below_minimum: refusedFor({
    record: { minimumProfile: 'http-message-signatures' },
    context: { keyFacts: { state: 'active', scopes: ['read'], minimumProfile: 'http-message-signatures' } },
  }),
  address_not_allowed: refusedFor({ record: { ipAllowlist: [networkOf('198.51.100.0/24')] } }),
  scope_missing: refusedFor({
    record: { scopes: ['write'] },
    context: { keyFacts: { state: 'active', scopes: ['write'] }, route: { scope: 'read' } },
  }),
  route_not_allowed: refusedFor({ rule: 'none' }),
  signature_used_before: { ...over(`${NOW}POST${PATH}`, { method: 'POST' }), isSecond: true },
  too_many_requests: { ...refusedFor({ context: { answer: { code: 'too_many_requests' } } }), isUnseen: true },
  changed_on_the_way: {
    ...refusedFor({ context: { answer: { code: 'authentication_error', details: 'INCORRECT_API_KEY_SIGNATURE' } } }),
    isUnseen: true,
  },
  refused_otherwise: { ...refusedFor({ context: { answer: { code: 'service_unavailable' } } }), isUnseen: true },
}

/** The way out of a refusal that signing anew does not open: the key or the rule is changed, as the advice says. */
const BY_STATE: readonly CauseCode[] = [
  ...(['key_disabled', 'key_revoked', 'key_expired', 'account_suspended', 'address_not_allowed'] as const),
  ...(['scope_missing', 'route_not_allowed'] as const),
]

let signing: SigningKey
beforeAll(async () => {
  signing = await importSigningKey(parsePrivateKey(String(rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }))))
})

test.each(Object.entries(CASES) as [CauseCode, Case][])('%s: named, and its advice ends well', async (cause, it) => {
  const decide = await newGate(it)
  if (it.isSecond) await decide(it.request)
  const refusal = await decide(it.request)
  if (!it.isUnseen) expect({ cause, refusal }).toEqual({ cause, refusal: expect.any(String) })
  const diagnosis = await diagnose(it.request, {
    ...{ keys: await candidates(), serverTimeMs: NOW, basePath: BASE_PATH, tag: 'countersign' },
    ...(refusal !== undefined && { answer: { code: refusal } }),
    ...it.context,
  })
  const named = diagnosis.verdict === 'mistake' ? diagnosis.findings.map((finding) => finding.cause) : []
  expect(named).toContain(cause)
  const expected = diagnosis.verdict === 'correct' ? undefined : diagnosis.expected
  const opened = await newGate(BY_STATE.includes(cause) ? {} : it)
  expect({ cause, refusal: await opened(await carryOut({ ...it.request, ...it.mended }, expected, cause)) }).toEqual({
    cause,
    refusal: undefined,
  })
})

test('every cause is here', () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(CAUSES).sort())
})

/** The name of a refusal, or `undefined` where the gate lets a request through. */
async function newGate({
  record: changes,
  rule,
}: Partial<Case>): Promise<(request: RefusedRequest) => Promise<string | undefined>> {
  const keys = createMemoryKeySource()
  for (const [keyId, pair] of Object.entries({ [RSA_ID]: rsa, [OTHER_ID]: other, [ED_ID]: ed25519 })) {
    keys.put({
      ...{ keyId, accountId: 'a', key: await importVerifyingKey(publicOf(pair)), scopes: ['read', 'write'] },
      ...{ state: 'active', accountSuspended: false, tier: 'basic', ...changes },
    })
  }
  const gate = createGate({
    keys,
    now: () => NOW,
    admission: createMemoryAdmission({ startedAtMs: NOW - 60_000, clocks: CLOCKS }),
    messageSignatures: { tag: 'countersign', authority: AUTHORITY, scheme: 'https' },
    ...(rule !== undefined && { rules: () => (rule === 'none' ? undefined : rule) }),
  })
  return async ({ method, target, headers, body }) => {
    const header = (name: string) => {
      const values = headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)
      return values.length > 1 ? values : values[0]
    }
    const decision = await gate.decide({ method, target, ip: '127.0.0.1', header, ...(body && { body }) })
    return 'denied' in decision ? decision.denied : undefined
  }
}

/**
 * The request signed as the doctor says: the text that it expects, with the time of now, by the right algorithm and under the
 * headers of the profile. By RFC 9421 where the request was, or where the advice is to sign that way.
 */
async function carryOut(
  request: RefusedRequest,
  expected: string | undefined,
  cause: CauseCode,
): Promise<RefusedRequest> {
  const { method, target, body } = request
  const isMessage =
    request.headers.some(([name]) => name === 'Signature') ||
    cause === 'profile_below_minimum' ||
    cause === 'signature_input_missing'
  if (isMessage) {
    const headers = await signRequestMessage({
      ...{ method, target, authority: AUTHORITY, scheme: 'https', key: signing, keyId: RSA_ID },
      ...{ createdSeconds: SECONDS, nonce: 'n-2', tag: 'countersign', ...(body && { body }) },
    })
    return { ...request, headers: Object.entries(headers) }
  }
  const time = cause === 'signature_used_before' ? NOW + 1 : NOW
  const text = `${time}${expected?.slice(13) ?? `${method}${target.split('?')[0]}`}`
  return { ...request, headers: access(pss(text), { timestamp: `${time}` }).headers }
}

async function candidates() {
  return [
    { key: publicOf(rsa), keyId: RSA_ID },
    { key: publicOf(other), keyId: OTHER_ID },
    { key: publicOf(ed25519), keyId: ED_ID },
  ]
}

function publicOf({ publicKey }: { publicKey: KeyObject }) {
  const key = parseSpki(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })))
  if ('problem' in key) throw new Error(key.message)
  return key
}

function networkOf(text: string) {
  const network = parseNetwork(text)
  if ('problem' in network) throw new Error(network.problem)
  return network
}
