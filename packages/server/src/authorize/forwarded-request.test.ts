import type { IncomingMessage } from 'node:http'
import type { GateRequest } from '@countersign/gate'
import { describe, expect, test } from 'vitest'
import type { Settings } from '../config/settings.ts'
import { trustedProxies } from '../http/client-address.ts'
import { isQuestion, readForwardedRequest } from './forwarded-request.ts'

type Kind = Settings['authorize']['source']
type Pairs = readonly (readonly [name: string, value: string])[]

const PEER = '10.0.0.1'
const PROXIES = trustedProxies([PEER])

/** What each kind asks about a GET of /a?b. */
const QUESTIONS: Readonly<Record<Kind, Pairs>> = {
  nginx: [
    ['X-Original-Method', 'GET'],
    ['X-Original-URI', '/a?b'],
    ['X-Original-Host', 'api.example'],
  ],
  caddy: [
    ['X-Forwarded-Method', 'GET'],
    ['X-Forwarded-Uri', '/a?b'],
    ['X-Forwarded-Host', 'api.example'],
  ],
  traefik: [
    ['X-Forwarded-Method', 'GET'],
    ['X-Forwarded-Uri', '/a?b'],
    ['X-Forwarded-Host', 'api.example'],
  ],
  envoy: [['Host', 'api.example']],
}
const KINDS = ['nginx', 'caddy', 'traefik', 'envoy'] as const

/** As node:http has it. */
function incoming(headers: Pairs, { method = 'GET', url = '/authorize/a?b', peer = PEER } = {}): IncomingMessage {
  const own = headers.some(([name]) => name === 'Host') ? [] : ['Host', '127.0.0.1:4101']
  const rawHeaders = [...own, ...headers.flat()]
  return { method, url, rawHeaders, socket: { remoteAddress: peer } } as unknown as IncomingMessage
}

function read(kind: Kind, headers: Pairs, message: Parameters<typeof incoming>[1] = {}) {
  return readForwardedRequest(incoming(headers, message), kind, PROXIES)
}

/** What is read of a good question with more headers, or with others of the same name. */
function request(kind: Kind, more: Pairs = [], message: Parameters<typeof incoming>[1] = {}): GateRequest {
  const names = new Set(more.map(([name]) => name))
  const found = read(kind, [...QUESTIONS[kind].filter(([name]) => !names.has(name)), ...more], message)
  if ('denied' in found) throw new Error(`${found.denied}: ${found.details}`)
  return found
}

describe.each(KINDS)('%s', (kind) => {
  test('method, target, host, address and headers are those of the request asked about', () => {
    const asked = request(kind, [
      ['X-Forwarded-For', '203.0.113.1'],
      ['Signature', 'sig=:AA==:'],
    ])
    expect(asked).toMatchObject({ method: 'GET', target: '/a?b', ip: '203.0.113.1' })
    expect(asked).not.toHaveProperty('body')
    expect(asked.header('host')).toBe('api.example')
    expect(asked.header('signature')).toBe('sig=:AA==:')
    expect(asked.header('absent')).toBeUndefined()
  })

  test('a header given twice is two', () => {
    const twice: Pairs = [
      ['Signature', 'a'],
      ['signature', 'b'],
    ]
    expect(request(kind, twice).header('signature')).toEqual(['a', 'b'])
  })

  test('a peer that is not trusted is refused before anything is read', () => {
    expect(read(kind, QUESTIONS[kind], { peer: '10.0.0.2' })).toEqual({ denied: 'peer_not_trusted' })
    expect(read(kind, [], { peer: '10.0.0.2' })).toEqual({ denied: 'peer_not_trusted' })
  })

  test('an address that is none is refused', () => {
    const headers: Pairs = [...QUESTIONS[kind], ['X-Forwarded-For', 'unknown']]
    expect(read(kind, headers)).toMatchObject({ denied: 'request_malformed' })
  })

  const foreign = {
    nginx: ['X-Forwarded-Method', 'X-Forwarded-Uri'],
    caddy: ['X-Original-Method', 'X-Original-URI'],
    traefik: ['X-Original-Method', 'X-Original-URI'],
    envoy: ['X-Original-Method', 'X-Original-URI', 'X-Forwarded-Method', 'X-Forwarded-Uri'],
  }[kind]
  test.each(foreign)('%s is refused: no proxy of this kind sends it', (name) => {
    for (const value of ['GET', '']) {
      expect(read(kind, [...QUESTIONS[kind], [name.toLowerCase(), value]])).toMatchObject({
        denied: 'request_malformed',
        details: `${name.toLowerCase()} is not a header of the configured proxy`,
      })
    }
  })

  test.each(['GET', 'HEAD', 'OPTIONS', 'DELETE'])('%s has no body where nothing tells of one', (method) => {
    const asked = asking(kind, method)
    expect(asked.header('content-length')).toBeUndefined()
    expect(asked.header('transfer-encoding')).toBeUndefined()
  })

  test.each(['POST', 'PUT', 'PATCH', 'PURGE'])('%s has one', (method) => {
    expect(asking(kind, method).header('transfer-encoding')).toBe('chunked')
  })

  test('what frames the question is not taken for the framing of the request', () => {
    const own: Pairs = [
      ['Content-Length', '0'],
      ['Transfer-Encoding', 'identity'],
    ]
    const asked = asking(kind, 'POST', own)
    expect(asked.header('content-length')).toBeUndefined()
    expect(asked.header('transfer-encoding')).toBe('chunked')
  })
})

describe.each(['nginx', 'caddy', 'traefik'] as const)('%s', (kind) => {
  const [[method], [target]] = QUESTIONS[kind] as unknown as [[string], [string]]

  test.each([
    ['no method', QUESTIONS[kind].filter(([name]) => name !== method)],
    ['no target', QUESTIONS[kind].filter(([name]) => name !== target)],
    ['two methods', [...QUESTIONS[kind], [method, 'POST'] as const]],
    ['two targets', [...QUESTIONS[kind], [target, '/b'] as const]],
  ])('%s: refused', (_, headers) => {
    expect(read(kind, headers)).toMatchObject({ denied: 'request_malformed' })
  })

  test('an empty header is none, as where a recipe has nothing to tell', () => {
    expect(request(kind, [['Signature', '']]).header('signature')).toBeUndefined()
  })

  test('the upgrade is that of the request asked about', () => {
    const name = method.replace('Method', 'Upgrade')
    expect(request(kind, [[name, 'websocket']]).header('upgrade')).toBe('websocket')
    expect(request(kind, [['Upgrade', 'websocket']]).header('upgrade')).toBeUndefined()
  })
})

describe.each(['nginx', 'caddy'] as const)('%s tells of a body', (kind) => {
  const prefix = kind === 'nginx' ? 'X-Original' : 'X-Forwarded'

  test.each([
    ['a length', { 'Content-Length': '5', 'Transfer-Encoding': '' }, '5', undefined],
    ['no body', { 'Content-Length': '0', 'Transfer-Encoding': '' }, '0', undefined],
    ['chunks', { 'Content-Length': '', 'Transfer-Encoding': 'chunked' }, undefined, 'chunked'],
    ['both', { 'Content-Length': '0', 'Transfer-Encoding': 'gzip' }, '0', 'gzip'],
  ])('%s', (_, told, contentLength, transferEncoding) => {
    const headers = Object.entries(told).map(([name, value]) => [`${prefix}-${name}`, value] as const)
    const asked = asking(kind, 'POST', headers)
    expect(asked.header('content-length')).toBe(contentLength)
    expect(asked.header('transfer-encoding')).toBe(transferEncoding)
  })
})

test.each(['traefik', 'envoy'] as const)('%s cannot tell of a body: what says so came from a client', (kind) => {
  const told: Pairs = [
    ['X-Forwarded-Content-Length', '0'],
    ['X-Original-Content-Length', '0'],
    ['X-Forwarded-Transfer-Encoding', 'identity'],
  ]
  expect(asking(kind, 'POST', told).header('content-length')).toBeUndefined()
  expect(asking(kind, 'POST', told).header('transfer-encoding')).toBe('chunked')
})

describe('isQuestion', () => {
  test.each(['nginx', 'caddy', 'traefik'] as const)('%s asks at one path, whatever the query', (kind) => {
    expect(['/authorize', '/authorize?a=/b'].map((url) => isQuestion(url, kind))).toEqual([true, true])
    const others = ['/', '/authorize/', '/authorize/a', '/Authorize', '/authorizeX', '//authorize', '/authorize%3F']
    expect(others.filter((url) => isQuestion(url, kind))).toEqual([])
  })

  test('envoy puts the target behind it', () => {
    expect(['/authorize/', '/authorize/a?b'].map((url) => isQuestion(url, 'envoy'))).toEqual([true, true])
    expect(['/authorize', '/authorize?a', '/a', '*'].filter((url) => isQuestion(url, 'envoy'))).toEqual([])
  })
})

function asking(kind: Kind, method: string, more: Pairs = []): GateRequest {
  const name = QUESTIONS[kind].find(([header]) => header.endsWith('-Method'))?.[0]
  return request(kind, name ? [[name, method], ...more] : more, { method: name ? 'GET' : method })
}
