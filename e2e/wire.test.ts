import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { brief, expectFromTable } from './support/expect-from-table.ts'
import { heapInUse } from './support/garbage.ts'
import { newPublicKey } from './support/given-key.ts'
import { ACCESS, accessHeaders, type KeyHolder } from './support/key-holder.ts'
import { exchange, receive } from './support/raw-connection.ts'
import { startWorld, type World } from './support/world.ts'

const KEYS = '/trade-api/v2/api_keys'
const JSON_TYPE = 'Content-Type: application/json\r\n'
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'
/** No test here is about the limit of failed verifications. */
const NO_LIMIT = { abuse: { failures: 1_000_000, refillPerSecond: 1_000_000 } }

type Bytes = string | Buffer
type Case = readonly [what: string, bytes: (holder: KeyHolder) => Bytes, expected: readonly string[]]

/** What is sent, as bytes, and every answer in short; then the connection is closed or idle. */
const CASES: readonly Case[] = [
  // Headers
  ['20 KB in one header', list(`X-Big: ${'a'.repeat(20_480)}\r\n`), ['431 headers_too_large']],
  ['3,000 headers', list(numbered(3_000)), ['431 headers_too_large']],
  ['1,000 headers', list(numbered(1_000)), ['200']],
  ['a target of 20 KB', () => `GET /${'a'.repeat(20_480)} HTTP/1.1\r\nHost: a\r\n\r\n`, ['431 headers_too_large']],
  ['a target of 15 KB', () => `GET /${'a'.repeat(15_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, ['404 not_found']],
  ...(['key', 'timestamp', 'signature'] as const).flatMap((name): Case[] => [
    [`a second ${name} header`, list(`${ACCESS[name]}: a\r\n`), ['401 duplicate_header']],
    [`a second ${name} header in lower case`, list(`${ACCESS[name].toLowerCase()}: a\r\n`), ['401 duplicate_header']],
    [
      `a second ${name} header behind 2,500 others`,
      list(`${'a:\r\n'.repeat(2_500)}${ACCESS[name]}: a\r\n`),
      ['401 duplicate_header'],
    ],
    [`an empty second ${name} header`, list(`${ACCESS[name]}:\r\n`), ['401 duplicate_header']],
  ]),
  ['NUL in a header', list('X: a\0b\r\n'), ['400 bad_request']],
  ['other bytes than ASCII in a header', list('X: \xe9\xff\r\n'), ['200']],
  ['other bytes than ASCII in a header name', list('\xe9: a\r\n'), ['400 bad_request']],
  ['a space before the colon', list('X : a\r\n'), ['400 bad_request']],
  ['a header without a colon', list('X\r\n'), ['400 bad_request']],
  ['a carriage return alone in a header', list('X: a\rb\r\n'), ['400 bad_request']],
  ['a folded header', list('X: a\r\n b\r\n'), ['400 bad_request']],
  [
    'a folded signature',
    (holder) => signed(holder, 'GET', KEYS).replace(`${ACCESS.signature}: `, `${ACCESS.signature}:\r\n `),
    ['400 bad_request'],
  ],
  ['bare line feeds', (holder) => signed(holder, 'GET', KEYS).replaceAll('\r\n', '\n'), ['400 bad_request']],
  ['no Host', () => 'GET /healthz HTTP/1.1\r\n\r\n', ['400 bad_request']],
  ['two Hosts', () => 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', ['400 bad_request']],
  ['no Host in HTTP/1.0', () => 'GET /healthz HTTP/1.0\r\n\r\n', ['200']],
  ['an upgrade', list('Connection: Upgrade\r\nUpgrade: websocket\r\n'), ['200']],
  ['an upgrade to HTTP/2', list('Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n'), ['200']],

  // Length and encoding
  [
    'Content-Length and Transfer-Encoding',
    post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    ['400 bad_request'],
  ],
  ['two equal Content-Lengths', post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), ['400 bad_request']],
  ['two different Content-Lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{} '), ['400 bad_request']],
  ['a Content-Length that is a list', post('Content-Length: 2, 2\r\n', '{}'), ['400 bad_request']],
  ['a negative Content-Length', post('Content-Length: -1\r\n', '{}'), ['400 bad_request']],
  ['a Content-Length with a sign', post('Content-Length: +2\r\n', '{}'), ['400 bad_request']],
  ['a Content-Length beyond all numbers', post(`Content-Length: ${'9'.repeat(30)}\r\n`, '{}'), ['400 bad_request']],
  ['an unknown Transfer-Encoding', post('Transfer-Encoding: gzip\r\n', 'abc'), ['400 bad_request']],
  ['chunks', post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'), ['400 bad_request']],
  ['a chunk without a length', post('Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'), ['400 bad_request']],
  [
    'a chunk extension of 20 KB',
    post('Transfer-Encoding: chunked\r\n', `2;${'a'.repeat(20_480)}\r\n{}\r\n0\r\n\r\n`),
    ['413 body_too_large'],
  ],
  [
    'a second signature in the trailers',
    post('Transfer-Encoding: chunked\r\n', `2\r\n{}\r\n0\r\n${ACCESS.signature}: a\r\n\r\n`),
    ['400 bad_request'],
  ],
  [
    'trailers of 30 KB',
    post('Transfer-Encoding: chunked\r\n', `2\r\n{}\r\n0\r\nX: ${'a'.repeat(30_720)}\r\n\r\n`),
    ['431 headers_too_large'],
  ],

  // Body
  ['every byte there is', body(Buffer.from(Array.from({ length: 256 }, (_, i) => i))), ['400 bad_request']],
  ['a name that is no UTF-8', body('{"name":"\xff\xfe"}'), ['400 bad_request']],
  ['10 MB of JSON', body(JSON.stringify({ name: 'a'.repeat(10_000_000) })), ['413 body_too_large']],
  [
    '10 MB of JSON in chunks',
    post('Transfer-Encoding: chunked\r\n', `989680\r\n${'a'.repeat(10_000_000)}\r\n0\r\n\r\n`),
    ['413 body_too_large'],
  ],
  ['60 KB of [', body('['.repeat(61_440)), ['400 bad_request']],
  ['60 KB of [ and ]', body('['.repeat(30_720) + ']'.repeat(30_720)), ['400 bad_request']],
  ['a name of 60 KB of [ and ]', body(`{"name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), ['400 bad_request']],
  ['60 KB of {"a":', body('{"a":'.repeat(12_000)), ['400 bad_request']],
  ['a name of 60 KB', body(JSON.stringify({ name: 'a'.repeat(61_440), public_key: 'a' })), ['400 invalid_parameter']],
  ['a field of 60 KB', body(`{"name":"a","public_key":"a","${'a'.repeat(60_000)}":1}`), ['400 invalid_parameter']],
  ['10,000 fields', body(manyFields(5_000)), ['400 invalid_parameter']],
  ['__proto__', body('{"__proto__":{"name":"a","public_key":"b"}}'), ['400 bad_request']],
  ['__proto__ beside the fields', body('{"name":"a","public_key":"b","__proto__":{}}'), ['400 invalid_parameter']],
  [
    'constructor.prototype',
    body('{"name":"a","public_key":"b","constructor":{"prototype":{"isAdmin":true}}}'),
    ['400 invalid_parameter'],
  ],
  ['a body of no bytes', body(''), ['400 bad_request']],
  ['no body and no length', post('', ''), ['400 bad_request']],
  [
    'a body that says it is gzip',
    post('Content-Encoding: gzip\r\nContent-Length: 3\r\n', '\x1f\x8b\x08'),
    ['400 bad_request'],
  ],
  [
    'another content type',
    (holder) => `${signed(holder, 'POST', KEYS, 'Content-Type: text/plain\r\nContent-Length: 2\r\n')}{}`,
    ['400 invalid_content_type'],
  ],
  [
    'a content type that is none',
    (holder) => `${signed(holder, 'POST', KEYS, 'Content-Type: ;;;\r\nContent-Length: 2\r\n')}{}`,
    ['400 invalid_content_type'],
  ],
  [
    'a GET with a body of 500 KB',
    (holder) => signed(holder, 'GET', KEYS, 'Content-Length: 512000\r\n') + 'a'.repeat(512_000),
    ['200'],
  ],
  [
    'a body of 3 MB without a signature, from a client that closes',
    () =>
      `POST ${KEYS} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n${'a'.repeat(3_000_000)}`,
    ['401 token_authentication_failure'],
  ],

  // Request line
  ['a whole URL', (holder) => signed(holder, 'GET', `http://a${KEYS}`), ['400 target_not_canonical']],
  ['another host in a whole URL', (holder) => signed(holder, 'GET', `http://b@c${KEYS}`), ['400 target_not_canonical']],
  ['OPTIONS *', () => 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', ['400 target_not_canonical']],
  ['GET *', () => 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', ['400 target_not_canonical']],
  ['CONNECT', () => 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', ['405 method_not_allowed']],
  [
    'CONNECT with more behind it',
    () => `CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n${HEALTH}`,
    ['405 method_not_allowed'],
  ],
  ['CONNECT to a path', () => `CONNECT ${KEYS} HTTP/1.1\r\nHost: a\r\n\r\n`, ['405 method_not_allowed']],
  ['HTTP/0.9', () => 'GET /nowhere\r\n\r\n', ['404 not_found']],
  ['HTTP/1.2', () => 'GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n', ['400 bad_request']],
  ['HTTP/9.9', () => 'GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n', ['400 bad_request']],
  ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ['400 bad_request']],
  ['the hello of TLS', () => Buffer.from('16030100a5010000a10303', 'hex'), ['400 bad_request']],
  ['garbage', () => Buffer.from('\x80\x81\xfe\xffgarbage\r\n\r\n', 'latin1'), ['400 bad_request']],
  ['an SSH client', () => 'SSH-2.0-OpenSSH_9.6\r\n', ['400 bad_request']],
  ['PROPFIND', () => `PROPFIND ${KEYS} HTTP/1.1\r\nHost: a\r\n\r\n`, ['405 method_not_allowed']],
  ['QUERY', () => `QUERY ${KEYS} HTTP/1.1\r\nHost: a\r\n\r\n`, ['405 method_not_allowed']],
  ['TRACE', () => `TRACE ${KEYS} HTTP/1.1\r\nHost: a\r\n\r\n`, ['405 method_not_allowed']],
  ['M-SEARCH', () => `M-SEARCH ${KEYS} HTTP/1.1\r\nHost: a\r\n\r\n`, ['400 bad_request']],
  ['FOO', () => `FOO ${KEYS} HTTP/1.1\r\nHost: a\r\n\r\n`, ['400 bad_request']],
  ['get', () => 'get /healthz HTTP/1.1\r\nHost: a\r\n\r\n', ['400 bad_request']],
  ['two spaces after the method', () => 'GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n', ['200']],
  ['NUL in the target', () => 'GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n', ['400 bad_request']],
  ['other bytes than ASCII in the target', () => 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n', ['400 bad_request']],
  ...[
    '/trade-api/v2/%2fapi_keys',
    '/trade-api/v2/%2E%2E/api_keys',
    '/trade-api/v2/../v2/api_keys',
    '/trade-api/v2/./api_keys',
    '//trade-api/v2/api_keys',
    '/trade-api/v2//api_keys',
    '/trade-api/v2/api_keys;a=b',
    '/trade-api/v2\\api_keys',
    '/trade-api/v2/api_keys#a',
    '/trade-api/v2/api_keys?a#b',
    '/trade-api/v2/%5capi_keys',
    '/trade-api/v2/api_keys%00',
    '/trade-api/v2/api%25keys',
    '/trade-api/v2/%',
    '/trade-api/v2/%f',
    '/trade-api/v2/%zz',
    '/trade-api/v2/%ff',
  ].map((target): Case => [target, (holder) => signed(holder, 'GET', target), ['400 target_not_canonical']]),

  // Expect
  [
    'Expect: 100-continue',
    (holder) => `${signed(holder, 'POST', KEYS, `${JSON_TYPE}Content-Length: 2\r\nExpect: 100-continue\r\n`)}{}`,
    ['100', '400 bad_request'],
  ],
  [
    'another Expect',
    (holder) => `${signed(holder, 'POST', KEYS, `${JSON_TYPE}Content-Length: 2\r\nExpect: tea\r\n`)}{}`,
    ['400 bad_request'],
  ],

  // One connection, several requests
  ['a good request, then garbage', () => `${HEALTH}\0\x01garbage\r\n\r\n`, ['200', '400 bad_request']],
  ['two good requests, then TLS', () => `${HEALTH}${HEALTH}\x16\x03\x01\0\xa5`, ['200', '200', '400 bad_request']],
  [
    'a signed request, then garbage',
    (holder) => `${signed(holder, 'GET', KEYS)}\0\x01garbage\r\n\r\n`,
    ['200', '400 bad_request'],
  ],
  [
    'a good request, then CONNECT',
    () => `${HEALTH}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`,
    ['200', '405 method_not_allowed'],
  ],
  [
    'a good request, then a broken body',
    (holder) =>
      `${signed(holder, 'GET', KEYS)}${signed(holder, 'POST', KEYS, `${JSON_TYPE}Transfer-Encoding: chunked\r\n`)}zz\r\n`,
    ['200', '400 bad_request'],
  ],
  [
    'a request that closes, then another',
    () => `GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n${HEALTH}`,
    ['200'],
  ],
]

describe('whatever bytes come', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld('sqlite', { settings: NO_LIMIT })
  })
  afterAll(() => world?.close())
  afterEach(async () => {
    expect((await call(world.server, 'GET', KEYS, { as: world.alice })).status).toBe(200)
    expect({}).not.toHaveProperty('isAdmin')
  })

  test.each(CASES)('%s', async (_, bytes, expected) => {
    const received = await exchange(world.server.port, bytes(world.alice), { answers: expected.length })
    expectFromTable(received)
    expect(received.answers.map(brief)).toEqual(expected)
  })

  test('the last of two equal JSON fields counts, as for every JSON reader', async () => {
    const json = `{"name":"first","name":"last","public_key":${JSON.stringify(newPublicKey())}}`
    const { answers } = await exchange(world.server.port, body(json)(world.bob), { answers: 1 })
    expect(answers.map(brief)).toEqual(['201'])
    expect((await call(world.server, 'GET', KEYS, { as: world.bob })).text).toMatch(/"last"/)
    expect((await call(world.server, 'GET', KEYS, { as: world.bob })).text).not.toMatch(/"first"/)
  })

  test('16 requests in one write get 16 answers in their order', async () => {
    const targets = Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? KEYS : `/nowhere/${i}`))
    const { answers, rest } = await exchange(
      world.server.port,
      targets.map((target) => signed(world.alice, 'GET', target)).join(''),
      { answers: 16 },
    )
    expect(rest.length).toBe(0)
    expect(answers.map(brief)).toEqual(targets.map((target) => (target === KEYS ? '200' : '404 not_found')))
  })

  test('a client that closes its half is answered nevertheless', async () => {
    const requests = signed(world.alice, 'GET', KEYS) + signed(world.alice, 'GET', '/nowhere') + HEALTH
    const received = await exchange(world.server.port, requests, { halfClose: true })
    expectFromTable(received)
    expect(received.answers.map(brief)).toEqual(['200', '404 not_found', '200'])
    expect(received.closed).toBe(true)
  })

  test.each([
    ['the request line', 'GET /heal'],
    ['the headers', 'GET /healthz HTTP/1.1\r\nHost: a\r\n'],
  ])('a client that closes its half within %s is told so', async (_, bytes) => {
    const received = await exchange(world.server.port, bytes, { halfClose: true })
    expect(received.answers.map(brief)).toEqual(['400 bad_request'])
    expect(received.closed).toBe(true)
  })

  test('a client that closes its half within the body is told so', async () => {
    const bytes = signed(world.alice, 'POST', KEYS, `${JSON_TYPE}Content-Length: 100\r\n`)
    const received = await exchange(world.server.port, `${bytes}{`, { halfClose: true })
    expectFromTable(received)
    expect(received.answers.map(brief)).toEqual(['400 bad_request'])
    expect(received.closed).toBe(true)
  })

  test.each<[string, (holder: KeyHolder) => string, string]>([
    [
      'without a signature, and closes',
      () => `POST ${KEYS} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n`,
      '401 token_authentication_failure',
    ],
    [
      'that is too large',
      (holder) => signed(holder, 'POST', KEYS, `${JSON_TYPE}Content-Length: 3000000\r\n`),
      '413 body_too_large',
    ],
  ])('a client that sends a body %s, and reads only then, is answered', async (_, head, expected) => {
    const refusals = () => world.server.log().split('"refused"').length
    const before = refusals()
    const socket = connect(world.server.port, '127.0.0.1').pause()
    await once(socket, 'connect')
    socket.write(head(world.alice) + 'a'.repeat(500_000))
    await eventually(5_000, () => refusals() > before)
    await new Promise((resolve) => socket.write('a'.repeat(2_500_000), resolve))
    const received = await receive(socket.resume(), { answers: 1 })
    socket.destroy()
    expect(received.answers.map(brief)).toEqual([expected])
  })

  test.each([
    ['CONNECT', () => 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['nothing', () => ''],
    ['half a header', () => 'GET /healthz HTTP/1.1\r\nHo'],
    ['a request', (holder: KeyHolder) => signed(holder, 'GET', KEYS)],
    ['half a body', (holder: KeyHolder) => `${signed(holder, 'POST', KEYS, `${JSON_TYPE}Content-Length: 100\r\n`)}{`],
    ['garbage', () => '\0\x01\x02\r\n\r\n'],
    [
      '100 requests',
      (holder: KeyHolder) =>
        Array(100)
          .fill(signed(holder, 'GET', KEYS))
          .join(''),
    ],
  ])('a client that resets the connection after %s harms nobody', async (_, bytes) => {
    for (let i = 0; i < 10; i++) {
      const socket = connect(world.server.port, '127.0.0.1')
      await once(socket, 'connect')
      await new Promise((resolve) => socket.write(`${bytes(world.alice)}`, 'latin1', resolve))
      if (i % 2) await new Promise((resolve) => setImmediate(resolve))
      const closed = once(socket, 'close')
      socket.resetAndDestroy()
      await closed
    }
    expect((await call(world.server, 'GET', '/healthz')).status).toBe(200)
  })
})

describe('a slow client', () => {
  let headersLimited: World
  let requestsLimited: World
  beforeAll(async () => {
    headersLimited = await startWorld('sqlite', { settings: { headersTimeoutMs: 300, requestTimeoutMs: 60_000 } })
    requestsLimited = await startWorld('sqlite', { settings: { headersTimeoutMs: 300, requestTimeoutMs: 600 } })
  })
  afterAll(async () => {
    await headersLimited?.close()
    await requestsLimited?.close()
  })

  test.concurrent.each<[string, string, string[]]>([
    ['sends nothing', '', ['408 request_timeout']],
    ['does not end its request line', 'GET /heal', ['408 request_timeout']],
    ['does not end its headers', 'GET /healthz HTTP/1.1\r\nHost: a\r\n', ['408 request_timeout']],
    ['sends empty lines only', '\r\n\r\n', ['408 request_timeout']],
    ['does not end its second request', `${HEALTH}GET /healthz HTTP/1.1\r\nHost`, ['200', '408 request_timeout']],
  ])('that %s is answered and disconnected', async (_, bytes, expected) => {
    await expectEnd(headersLimited, bytes, expected)
  })

  test.concurrent.each<[string, (holder: KeyHolder) => string, string[]]>([
    [
      'does not end its body',
      (holder) => `${signed(holder, 'POST', KEYS, `${JSON_TYPE}Content-Length: 100\r\n`)}{`,
      ['408 request_timeout'],
    ],
    [
      'does not end its chunks',
      (holder) => `${signed(holder, 'POST', KEYS, `${JSON_TYPE}Transfer-Encoding: chunked\r\n`)}1\r\n{\r\n`,
      ['408 request_timeout'],
    ],
    [
      'is answered before its body ends',
      () => `POST ${KEYS} HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}Content-Length: 100\r\n\r\n{`,
      ['401 token_authentication_failure'],
    ],
  ])('that %s is answered and disconnected', async (_, bytes, expected) => {
    await expectEnd(requestsLimited, bytes(requestsLimited.alice), expected)
  })

  test.concurrent('that drips its headers, byte by byte, is disconnected too', async () => {
    const socket = connect(headersLimited.server.port, '127.0.0.1')
    const receiving = receive(socket, { deadlineMs: 10_000 })
    const dripping = setInterval(() => socket.write('a'), 50)
    socket.write('GET /healthz HTTP/1.1\r\nX: ')
    const received = await receiving
    clearInterval(dripping)
    socket.destroy()
    expect(received.answers.map(brief)).toEqual(['408 request_timeout'])
  })

  async function expectEnd({ server }: World, bytes: string, expected: readonly string[]): Promise<void> {
    const received = await exchange(server.port, bytes, { deadlineMs: 10_000 })
    expectFromTable(received)
    expect(received.answers.map(brief)).toEqual(expected)
    expect(received.closed).toBe(true)
  }
})

describe('a long day', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld('sqlite', { settings: { ...NO_LIMIT, logLevel: 'silent' } })
  })
  afterAll(() => world?.close())

  test('2,000 such requests leave nothing behind', { timeout: 120_000 }, async () => {
    const small = CASES.filter(([, bytes]) => bytes(world.alice).length < 100_000)
    const send = async (count: number) => {
      for (let i = 0; i < count; i += 20) {
        const batch = Array.from({ length: 20 }, (_, j) => small[(i + j) % small.length]).flatMap((one) =>
          one ? [one] : [],
        )
        await Promise.all(
          batch.map(([, bytes, expected]) =>
            exchange(world.server.port, bytes(world.alice), { answers: expected.length }),
          ),
        )
      }
      await eventually(10_000, () => openSockets() <= idle)
      return heapInUse()
    }
    await call(world.server, 'GET', '/healthz')
    const idle = openSockets()
    await send(400)
    const before = await send(400)
    const after = await send(2_000)
    expect(after - before).toBeLessThan(3_000_000)
  })

  test('mutated requests are answered from the table, or not at all', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(mutant, { minLength: 8, maxLength: 8 }), async (mutants) => {
        const received = await Promise.all(
          mutants.map(({ base, changes }) =>
            exchange(world.server.port, changes.reduce(mutate, Buffer.from(base(world.alice), 'latin1')), {
              halfClose: true,
            }),
          ),
        )
        for (const each of received) {
          expectFromTable(each)
          expect(each.closed).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
    expect((await call(world.server, 'GET', KEYS, { as: world.alice })).status).toBe(200)
  })
})

type Change = readonly [kind: 'replace' | 'insert' | 'remove' | 'repeat', at: number, length: number, bytes: Uint8Array]

const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  '\r\n\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'HTTP/1.0',
  'POST ',
  'OPTIONS * ',
  'CONNECT ',
  '%2f',
  '//',
  '?',
  '#',
  '{"__proto__":',
  '9'.repeat(30),
  `${ACCESS.key}: `,
]

const mutant = fc.record({
  base: fc.constantFrom<((holder: KeyHolder) => string)[]>(
    (holder) => signed(holder, 'GET', KEYS),
    () => HEALTH + HEALTH,
    (holder) => signed(holder, 'DELETE', `${KEYS}/11111111-1111-4111-8111-111111111111`),
    (holder) => `${body('{"name":"a","public_key":"b","scopes":["read"]}')(holder)}`,
    (holder) => `${post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n')(holder)}`,
    (holder) => signed(holder, 'GET', '/trade-api/v2/account/limits?a=b') + HEALTH,
  ),
  changes: fc.array<Change>(
    fc.tuple(
      fc.constantFrom('replace', 'insert', 'remove', 'repeat'),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(40),
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        fc.constantFrom(...TOKENS).map((token) => Uint8Array.from(Buffer.from(token, 'latin1'))),
      ),
    ),
    { minLength: 1, maxLength: 4 },
  ),
})

function mutate(request: Buffer, [kind, at, length, bytes]: Change): Buffer {
  const start = Math.floor(at * request.length)
  const [before, after] = [request.subarray(0, start), request.subarray(start)]
  if (kind === 'insert') return Buffer.concat([before, bytes, after])
  if (kind === 'replace') return Buffer.concat([before, bytes, after.subarray(bytes.length)])
  if (kind === 'remove') return Buffer.concat([before, after.subarray(length)])
  return Buffer.concat([before, after.subarray(0, length), after])
}

/** A signed request, up to the end of its headers. */
function signed(holder: KeyHolder, method: string, target: string, headers = ''): string {
  const lines = Object.entries(accessHeaders(holder, method, target)).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\nHost: a\r\n${lines.join('')}${headers}\r\n`
}

/** The signed list of keys with more headers. */
function list(headers: string): (holder: KeyHolder) => Buffer {
  return (holder) => Buffer.from(signed(holder, 'GET', KEYS, headers), 'latin1')
}

/** A signed registration of a public key, declared as JSON, with more headers and these bytes after them. */
function post(headers: string, bytes: Bytes): (holder: KeyHolder) => Buffer {
  return (holder) =>
    Buffer.concat([
      Buffer.from(signed(holder, 'POST', KEYS, JSON_TYPE + headers), 'latin1'),
      typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    ])
}

/** The same with a body. */
function body(bytes: Bytes): (holder: KeyHolder) => Buffer {
  return post(`Content-Length: ${bytes.length}\r\n`, bytes)
}

function numbered(count: number): string {
  return Array.from({ length: count }, (_, i) => `X-${i}: a\r\n`).join('')
}

function manyFields(count: number): string {
  const fields = Array.from({ length: count }, (_, i) => `"a${i}":1`)
  return `{"name":"a","public_key":"b",${fields.join()}}`
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}
