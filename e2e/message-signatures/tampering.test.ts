import { randomUUID } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../support/call.ts'
import { expectRefusal } from '../support/expect-refusal.ts'
import { givenKey } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import type { World } from '../support/world.ts'
import { digestOf, type MessageToSign, messageHeaders } from './support/message-headers.ts'
import { authorityOf, startMessageWorld } from './support/message-world.ts'

const GENERATE = '/trade-api/v2/api_keys/generate'
const TARGET = `${GENERATE}?a=1&b=%20x`
const BODY = '{"name":"tampered","key_type":"ed25519"}'
const COVERED = ['@method', '@authority', '@path', '@query', 'content-digest']

const INCORRECT = refusal('authentication_error', 'authentication_error', 'INCORRECT_API_KEY_SIGNATURE')
const NOT_FOUND = refusal('authentication_error', 'authentication_error', 'NOT_FOUND')
const EXPIRED = refusal('header_timestamp_expired', 'header timestamp expired')
const ENDED = refusal('signature_expired', 'signature expired')

/** What is sent. */
interface Sent {
  readonly method: string
  readonly target: string
  readonly body: string | undefined
  readonly headers: OutgoingHttpHeaders
}

type Edit = (sent: Sent) => Sent
type Change = (sent: Sent, world: World) => Sent

/** What was changed after signing, and what is answered. */
interface Row {
  readonly what: string
  /** Signed otherwise than it is sent. */
  readonly signed?: Partial<MessageToSign>
  readonly change?: Change
  readonly status: number
  readonly body: string
}

/** Of a request that was right, one thing is changed. */
const CHANGED: readonly Row[] = [
  // Components
  row('the method', 401, INCORRECT, { signed: { method: 'PUT' } }),
  row('the method, in lower case when signed', 401, INCORRECT, { signed: { method: 'post' } }),
  row('the host', 401, INCORRECT, { signed: { authority: 'other.example' } }),
  row('the port', 401, INCORRECT, { signed: { authority: '127.0.0.1:1' } }),
  row('the path', 401, INCORRECT, { signed: { target: `${GENERATE}x?a=1&b=%20x` } }),
  row('an escape in the path', 401, INCORRECT, { signed: { target: TARGET.replace('generate', 'gener%61te') } }),
  row('a value in the query', 401, INCORRECT, { change: target(TARGET.replace('a=1', 'a=2')) }),
  row('an escape in the query', 401, INCORRECT, { change: target(TARGET.replace('%20', '+')) }),
  row('the order of the query', 401, INCORRECT, { change: target(`${GENERATE}?b=%20x&a=1`) }),
  row('the query, left out', 401, INCORRECT, { change: target(GENERATE) }),
  row('the query, emptied', 401, INCORRECT, { change: target(`${GENERATE}?`) }),
  row('a query, added', 401, tooLittle('@query'), { signed: { target: GENERATE } }),
  row('the scheme', 401, INCORRECT, { signed: { covered: [...COVERED, '@scheme'], scheme: 'https' } }),
  row('the target URI', 401, INCORRECT, {
    signed: { covered: ['@method', '@target-uri', 'content-digest'], target: `${TARGET}c` },
  }),

  // Body and digest
  row('the body', 400, mismatch('the body is not the one that Content-Digest names'), { change: body(`${BODY} `) }),
  row('one byte of the body', 400, mismatch('the body is not the one that Content-Digest names'), {
    change: body(BODY.replace('tamp', 'temp')),
  }),
  row('a body, added', 401, tooLittle('content-digest'), { signed: { covered: COVERED.slice(0, 4) } }),
  row('the body with its digest', 401, INCORRECT, {
    change: (sent) => ({ ...body('{}')(sent), headers: { ...sent.headers, 'content-digest': digestOf('{}') } }),
  }),
  row('the algorithm of the digest', 401, INCORRECT, {
    change: header('content-digest', () => digestOf(BODY, 'sha-512')),
  }),
  row('the digest, left out', 401, INCORRECT, { change: header('content-digest', () => undefined) }),
  row('the digest, given twice', 401, INCORRECT, { change: header('content-digest', (value) => [value, value]) }),
  row('a digest of another body, signed', 400, mismatch('the body is not the one that Content-Digest names'), {
    signed: { digest: digestOf('{}') },
  }),
  row('a right and a wrong digest, signed', 400, mismatch('the body is not the one that Content-Digest names'), {
    signed: { digest: `${digestOf(BODY)}, ${digestOf('{}', 'sha-512')}` },
  }),
  row('a digest that nobody trusts, signed', 400, mismatch('Content-Digest has neither sha-256 nor sha-512'), {
    signed: { digest: 'md5=:1B2M2Y8AsgTpgAmY7PhCfg==:' },
  }),
  row('a digest that is none, signed', 400, mismatch('Content-Digest is no dictionary of byte sequences'), {
    signed: { digest: 'sha-256=abc' },
  }),

  // Parameters
  row('created', 401, INCORRECT, { change: input(/created=(\d+)/, (_, seconds) => `created=${Number(seconds) - 1}`) }),
  row('created, as a time long ago', 401, EXPIRED, { change: input(/created=\d+/, () => 'created=1700000000') }),
  row('created, in milliseconds', 401, EXPIRED, { change: input(/created=\d+/, (all) => `${all}000`) }),
  row(
    'created, as a text',
    401,
    inputInvalid('has a parameter of another type or range than its meaning allows: created'),
    {
      change: input(/created=(\d+)/, (_, seconds) => `created="${seconds}"`),
    },
  ),
  row(
    'created, negative',
    401,
    inputInvalid('has a parameter of another type or range than its meaning allows: created'),
    {
      change: input(/created=/, () => 'created=-'),
    },
  ),
  row('the key id, as one that is unknown', 401, NOT_FOUND, {
    change: input(/keyid="[^"]+"/, () => `keyid="${randomUUID()}"`),
  }),
  row('the key id, in upper case', 401, NOT_FOUND, {
    change: input(/keyid="[^"]+"/, (all) => all.toUpperCase().replace('KEYID', 'keyid')),
  }),
  row("the key id, as another's", 401, INCORRECT, {
    change: (sent, { bob }) => input(/keyid="[^"]+"/, () => `keyid="${bob.keyId}"`)(sent),
  }),
  row('the nonce', 401, INCORRECT, { change: input(/nonce="/, (all) => `${all}x`) }),
  row(
    'the nonce, left out',
    401,
    refusal(
      'nonce_required',
      'this request needs a nonce in its signature parameters',
      'every method but GET, HEAD and OPTIONS needs the parameter nonce',
    ),
    {
      change: input(/;nonce="[^"]+"/, () => ''),
    },
  ),
  row(
    'the nonce, emptied',
    401,
    inputInvalid('has a parameter of another type or range than its meaning allows: nonce'),
    {
      change: input(/nonce="[^"]+"/, () => 'nonce=""'),
    },
  ),
  row('an end, added', 401, INCORRECT, { change: input(/$/, () => ';expires=9999999999') }),
  row('an end, taken away', 401, INCORRECT, {
    signed: { parameters: { expires: 9_999_999_999 } },
    change: input(/;expires=\d+/, () => ''),
  }),
  row('an end, put off', 401, INCORRECT, {
    signed: { parameters: { expires: 1_700_000_000 } },
    change: input(/expires=\d+/, () => 'expires=9999999999'),
  }),
  row('an algorithm, added', 401, INCORRECT, { change: input(/$/, () => ';alg="ed25519"') }),
  row('the tag', 401, invalid('no signature has the tag "countersign"'), {
    change: input(/tag="/, (all) => `${all}x`),
  }),
  row('the tag, left out', 401, invalid('no signature has the tag "countersign"'), {
    change: input(/;tag="[^"]+"/, () => ''),
  }),
  row('the order of the parameters', 401, INCORRECT, {
    change: input(/(;created=\d+)(;keyid="[^"]+")/, (_, created, keyId) => `${keyId}${created}`),
  }),
  row('an unknown parameter, added', 401, INCORRECT, { change: input(/$/, () => ';x=1') }),

  // What is covered
  row('the order of the components', 401, INCORRECT, {
    change: input(/("@method") ("@authority")/, (_, method, authority) => `${authority} ${method}`),
  }),
  row('a component, added', 401, INCORRECT, { change: input(/\(/, () => '("@scheme" ') }),
  row('a header, added', 401, INCORRECT, { change: input(/\(/, () => '("host" ') }),
  row('a query parameter, added', 401, INCORRECT, { change: input(/\(/, () => '("@query-param";name="a" ') }),
  row('a component of a response, added', 401, INCORRECT, { change: input(/\(/, () => '("@status" ') }),
  row('a header that is not there, added', 401, INCORRECT, { change: input(/\(/, () => '("x-not-there" ') }),
  ...COVERED.map((name) =>
    row(`${name}, no longer covered`, 401, tooLittle(name), {
      change: input(new RegExp(`"${name}" ?`), () => ''),
    }),
  ),
  row('a component, covered twice', 401, inputInvalid('a component is covered twice'), {
    change: input(/\(/, () => '("@method" '),
  }),

  // The signature
  row('a bit of the signature', 401, INCORRECT, { change: signature((bytes) => bytes.with(20, (bytes[20] ?? 0) ^ 1)) }),
  row('a byte of the signature, left out', 401, INCORRECT, { change: signature((bytes) => bytes.subarray(1)) }),
  row('a byte of the signature, added', 401, INCORRECT, {
    change: signature((bytes) => Buffer.concat([bytes, bytes.subarray(0, 1)])),
  }),
  row('the signature, emptied', 401, INCORRECT, { change: signature(() => new Uint8Array(0)) }),
  row('the padding of the signature', 401, invalid('Signature holds bytes that are not canonical base64'), {
    change: header('signature', (value) => value.replace('==:', ':')),
  }),
  row('the spelling of the signature', 401, invalid('Signature holds bytes that are not canonical base64'), {
    change: header('signature', (value) => value.replace(/(.)==:$/, (_, digit) => `${nextDigit(digit)}==:`)),
  }),
]

/** Signed rightly, but not all that must be, or not as it must be. */
const SIGNED_SO: readonly Row[] = [
  ...COVERED.map((name) =>
    row(`covers all but ${name}`, 401, tooLittle(name), { signed: { covered: COVERED.filter((one) => one !== name) } }),
  ),
  row('covers nothing', 401, tooLittle(COVERED.join(', ')), { signed: { covered: [] } }),
  row('covers the target URI, and neither method nor body', 401, tooLittle('@method, content-digest'), {
    signed: { covered: ['@target-uri'] },
  }),
  row('has no created', 401, tooLittle('created'), { signed: { parameters: { created: undefined } } }),
  row('has no key id', 401, tooLittle('keyid'), { signed: { parameters: { keyid: undefined } } }),
  row('has neither, and covers nothing', 401, tooLittle([...COVERED, 'created', 'keyid'].join(', ')), {
    signed: { covered: [], parameters: { created: undefined, keyid: undefined } },
  }),
  row(
    'has no nonce',
    401,
    refusal(
      'nonce_required',
      'this request needs a nonce in its signature parameters',
      'every method but GET, HEAD and OPTIONS needs the parameter nonce',
    ),
    {
      signed: { parameters: { nonce: undefined } },
    },
  ),
  row('names another algorithm than its key has', 401, INCORRECT, {
    signed: { parameters: { alg: 'rsa-pss-sha512' } },
  }),
  row('names an algorithm that is none', 401, INCORRECT, { signed: { parameters: { alg: 'none' } } }),
  row('has another tag', 401, invalid('no signature has the tag "countersign"'), {
    signed: { parameters: { tag: 'web-bot-auth' } },
  }),
  row('has no tag', 401, invalid('no signature has the tag "countersign"'), {
    signed: { parameters: { tag: undefined } },
  }),
  row('ended when it was made', 401, ENDED, { signed: { parameters: { expires: Math.floor(Date.now() / 1000) - 1 } } }),
  row(
    'has a nonce that is too long',
    401,
    inputInvalid('has a parameter of another type or range than its meaning allows: nonce'),
    {
      signed: { parameters: { nonce: 'n'.repeat(129) } },
    },
  ),
]

/** Headers that say no one thing. */
const SENT_SO: readonly Row[] = [
  row('both profiles at once', 401, invalid('the request carries signatures of two profiles; send one'), {
    change: (sent, { alice }) => ({
      ...sent,
      headers: { ...sent.headers, ...accessHeaders(alice, sent.method, sent.target) },
    }),
  }),
  row('one access header beside', 401, invalid('the request carries signatures of two profiles; send one'), {
    change: (sent) => ({ ...sent, headers: { ...sent.headers, 'KALSHI-ACCESS-TIMESTAMP': `${Date.now()}` } }),
  }),
  row(
    'no Signature',
    401,
    refusal(
      'signature_is_missing_from_headers',
      'signature is missing from headers',
      'there is a Signature-Input and no Signature',
    ),
    {
      change: header('signature', () => undefined),
    },
  ),
  row('no Signature-Input', 401, invalid('there is a Signature and no Signature-Input'), {
    change: header('signature-input', () => undefined),
  }),
  row('an empty Signature-Input', 401, inputInvalid('is no structured field of the form that it must have'), {
    change: header('signature-input', () => ''),
  }),
  row(
    'a Signature-Input that is no dictionary',
    401,
    inputInvalid('is no structured field of the form that it must have'),
    {
      change: header('signature-input', () => '(((('),
    },
  ),
  row('labels that differ', 401, invalid('Signature-Input and Signature must have the same labels'), {
    change: header('signature', (value) => value.replace('sig1', 'sig2')),
  }),
  row('a label twice in one line', 401, inputInvalid('names a label, a key or a parameter twice'), {
    change: header('signature-input', (value) => `${value}, ${value}`),
  }),
  row('a label twice in two lines', 401, inputInvalid('names a label, a key or a parameter twice'), {
    change: header('signature-input', (value) => [value, value]),
  }),
  row('a signature twice', 401, invalid('Signature names a label, a key or a parameter twice'), {
    change: header('signature', (value) => [value, value]),
  }),
  row('a parameter twice', 401, inputInvalid('names a label, a key or a parameter twice'), {
    change: input(/;tag="[^"]+"/, (all) => all + all),
  }),
  row('four signatures', 401, invalid('a request may carry 3 signatures'), {
    change: (sent) => {
      const four = (name: string) => header(name, (value) => [1, 2, 3, 4].map((n) => value.replace('sig1', `sig${n}`)))
      return four('signature')(four('signature-input')(sent))
    },
  }),
  row('too many components', 401, invalid('a signature may cover 16 components'), {
    change: input(/\(/, () => `(${Array.from({ length: 60 }, (_, n) => `"x-${n}"`).join(' ')} `),
  }),
  row('more than 8192 characters', 401, invalid('Signature-Input and Signature may have 8192 characters together'), {
    change: input(/tag="/, (all) => all + 'x'.repeat(8192)),
  }),
]

describe('a signature of RFC 9421', () => {
  let world: World
  beforeAll(async () => {
    world = await startMessageWorld('sqlite')
  })
  afterAll(() => world?.close())

  const send = async ({ signed = {}, change = (sent) => sent }: Pick<Row, 'signed' | 'change'>) => {
    const authority = authorityOf(world.server)
    const headers = messageHeaders(world.alice, { method: 'POST', target: TARGET, authority, body: BODY, ...signed })
    const right = {
      method: 'POST',
      target: TARGET,
      body: BODY,
      headers: { ...headers, 'content-type': 'application/json' },
    }
    const sent = change(right, world)
    return call(world.server, sent.method, sent.target, {
      headers: Object.fromEntries(Object.entries(sent.headers).filter(([, value]) => value !== undefined)),
      ...(sent.body !== undefined && { body: sent.body }),
    })
  }

  test.each<[string, Partial<MessageToSign>, Change?]>([
    ['as it is', { parameters: {} }],
    ['that covers the target URI', { covered: ['@method', '@target-uri', 'content-digest'] }],
    ['that covers more', { covered: [...COVERED, '@scheme', '@target-uri'] }],
    ['that covers in another order', { covered: [...COVERED].reverse() }],
    ['with sha-512', { digest: digestOf(BODY, 'sha-512') }],
    ['with a digest of an unknown algorithm beside', { digest: `${digestOf(BODY)}, x=:AAAA:` }],
    ['with its algorithm and an end', { parameters: { alg: 'ed25519', expires: 9_999_999_999 } }],
    ['with a parameter that is unknown', { parameters: { x: 'y' } }],
    ['under another label', { parameters: {} }, (sent) => relabel(relabel(sent, 'signature-input'), 'signature')],
    ['with other white space', { parameters: {} }, input(/\("@method" /, () => '(  "@method"   ')],
  ])('%s is accepted', async (_, signed, change) => {
    const answer = await send({ signed, ...(change && { change }) })
    expect(answer.text).toContain('"private_key"')
    expect(answer.status).toBe(201)
  })

  test.each(CHANGED)('is refused where something was changed: $what', async ({ status, body, ...row }) => {
    expectRefusal(await send(row), status, body)
  })

  test.each(SIGNED_SO)('is refused where it $what', async ({ status, body, ...row }) => {
    expectRefusal(await send(row), status, body)
  })

  test.each(SENT_SO)('is refused with $what', async ({ status, body, ...row }) => {
    expectRefusal(await send(row), status, body)
  })

  test('is refused where the nonce of a GET is changed or taken away, which needs none', async () => {
    const target = '/trade-api/v2/api_keys'
    const headers = messageHeaders(world.alice, { method: 'GET', target, authority: authorityOf(world.server) })
    for (const change of ['', ';nonce="x"']) {
      const changed = headers['signature-input']?.replace(/;nonce="[^"]+"/, change)
      const answer = await call(world.server, 'GET', target, { headers: { ...headers, 'signature-input': changed } })
      expectRefusal(answer, 401, INCORRECT)
    }
    expect((await call(world.server, 'GET', target, { headers })).status).toBe(200)
  })

  test('without a body is refused where the digest of one was signed', async () => {
    const doomed = await givenKey(world.database, world.alice.accountId)
    const target = `/trade-api/v2/api_keys/${doomed.keyId}`
    const headers = messageHeaders(world.alice, {
      method: 'DELETE',
      target,
      authority: authorityOf(world.server),
      body: 'a',
    })
    const answer = await call(world.server, 'DELETE', target, { headers })
    expectRefusal(answer, 400, mismatch('the body is not the one that Content-Digest names'))
    expect((await call(world.server, 'GET', '/trade-api/v2/api_keys', { as: doomed })).status).toBe(200)
  })

  test('nothing that was refused made a key', async () => {
    const answer = await call(world.server, 'GET', '/trade-api/v2/api_keys', { as: world.alice })
    const names = JSON.parse(answer.text).api_keys.map(({ name }: { name: string }) => name)
    expect(names.filter((name: string) => name === 'tampered')).toHaveLength(10)
  })
})

function row(what: string, status: number, body: string, made: Pick<Row, 'signed' | 'change'>): Row {
  return { what, status, body, ...made }
}

function refusal(code: string, message: string, details?: string): string {
  return JSON.stringify({ error: { code, message, ...(details !== undefined && { details }) } })
}

function invalid(details: string): string {
  return refusal('signature_input_invalid', 'signature input invalid', details)
}

function inputInvalid(details: string): string {
  return invalid(`Signature-Input ${details}`)
}

function tooLittle(missing: string): string {
  return refusal('signature_coverage_insufficient', 'the signature covers too little', `missing: ${missing}`)
}

function mismatch(details: string): string {
  return refusal('digest_mismatch', 'the body is not the one that Content-Digest names', details)
}

function target(changed: string): Edit {
  return (sent) => ({ ...sent, target: changed })
}

function body(changed: string): Edit {
  return (sent) => ({ ...sent, body: changed })
}

function header(name: string, change: (value: string) => string | string[] | undefined): Edit {
  return (sent) => ({ ...sent, headers: { ...sent.headers, [name]: change(String(sent.headers[name])) } })
}

function input(pattern: RegExp, replace: (...match: string[]) => string): Edit {
  return header('signature-input', (value) => value.replace(pattern, replace))
}

function signature(change: (bytes: Uint8Array) => Uint8Array): Edit {
  return header('signature', (value) => {
    const bytes = Buffer.from(value.slice('sig1=:'.length, -1), 'base64')
    return `sig1=:${Buffer.from(change(bytes)).toString('base64')}:`
  })
}

function relabel(sent: Sent, name: string): Sent {
  return header(name, (value) => value.replace(/^sig1=/, 'another-label='))(sent)
}

/** Another spelling of the same bytes: the last digit before the padding has four unused bits. */
function nextDigit(digit: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return digits[digits.indexOf(digit) + 1] ?? ''
}
