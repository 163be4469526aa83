import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createGate, createMemoryKeySource } from '@countersign/gate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPair, newRecord, signedHeaders } from '../../../gate/test/fixtures.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { trustedProxies } from '../http/client-address.ts'
import { createConnectionLimit } from '../http/connection-limit.ts'
import { createLogger } from '../observe/log.ts'
import { createAuthorizeServer } from './authorize-server.ts'

const keys = createMemoryKeySource()
const server = createAuthorizeServer({
  threads: () => [],
  settings: { ...DEFAULT_SETTINGS, databaseUrl: '' },
  gate: createGate({ keys }),
  log: createLogger('silent'),
  connections: anyConnections(),
})
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

const NAMES = ['X-Original-Method: GET', 'X-Original-URI: /orders', 'X-Original-Host: api.example.com']

/** More connections than any test opens. */
function anyConnections() {
  return createConnectionLimit({ max: 100, perAddress: 100 }, trustedProxies([]), createLogger('silent'))
}

/** A question on the wire; the server's own kind of request reads few headers, and framing is among them. */
function question(headers: readonly string[] = [], body = '', version = '1.1'): string {
  return [`GET /authorize HTTP/${version}`, ...NAMES, ...headers, '', body].join('\r\n')
}

/** The status lines of what comes back on one connection until its server closes it. */
async function statusesOf(...questions: readonly string[]): Promise<string[]> {
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  socket.write(questions.join(''))
  let answers = ''
  socket.on('data', (bytes) => {
    answers += bytes.toString('latin1')
  })
  await once(socket, 'close')
  return answers.match(/HTTP\/1\.1 \d{3}/g)?.map((line) => line.slice(-3)) ?? []
}

const LAST = question(['Connection: close'])

describe('questions on one connection', () => {
  test.each([
    ['without a body', question()],
    ['with a body of a stated length', question(['Content-Length: 5'], 'hello')],
    ['with an empty body', question(['content-length: 0'])],
    ['with a body in chunks', question(['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n')],
    ['with a body larger than a read', question(['CONTENT-LENGTH: 300000'], 'x'.repeat(300_000))],
    ['that would go on', question(['Expect: 100-continue'])],
  ])('the one after a question %s is answered', async (_, first) => {
    const statuses = await statusesOf(first, LAST)
    expect(statuses.filter((status) => status !== '100')).toEqual(['401', '401'])
  })

  test('a caller that waits is told to go on', async () => {
    const waiting = question(['Expect: 100-continue', 'Content-Length: 5', 'Connection: close'], 'hello')
    expect(await statusesOf(waiting)).toEqual(['100', '401'])
  })

  test('an expectation that nobody knows is no question of another kind', async () => {
    expect(await statusesOf(question(['Expect: a-wonder']), LAST)).toEqual(['401', '401'])
  })

  test('a body of two lengths is none', async () => {
    const [first] = await statusesOf(question(['Content-Length: 5', 'Transfer-Encoding: chunked'], 'hello'))
    expect(first).toBe('400')
  })

  test('HTTP/1.0 gets one answer, in one piece', async () => {
    expect(await statusesOf(question(['TE: chunked'], '', '1.0'))).toEqual(['401'])
  })
})

describe('a signature of an Ed25519 key in access headers', () => {
  test.each([
    ['opens one WebSocket', 'GET', ['X-Original-Upgrade: websocket'], '401'],
    ['deletes once', 'DELETE', [], '401'],
    ['is not claimed on a POST, whose body nobody knows here', 'POST', [], '200'],
  ])('%s', async (_, method, more, second) => {
    const pair = await newPair('ed25519')
    const record = newRecord(pair.verifying)
    keys.put(record)
    const target = '/orders'
    const signed = await signedHeaders(record, pair.signing, { method, target, timestampMs: Date.now() })
    const headers = Object.entries(signed).map(([name, value]) => `${name}: ${value}`)
    const asked = question([...headers, ...more]).replace(NAMES[0] ?? '', `X-Original-Method: ${method}`)
    const last = asked.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
    expect(await statusesOf(asked, asked, last)).toEqual(['200', second, second])
  })
})

test('a proxy that is not trusted is named in the log, with the line that would admit it, and in no other answer', async () => {
  const log: string[] = []
  const strict = createAuthorizeServer({
    settings: { ...DEFAULT_SETTINGS, databaseUrl: '', trustedProxies: ['10.0.0.7'] },
    gate: createGate({ keys }),
    threads: () => [],
    connections: anyConnections(),
    log: createLogger('info', { write: (line) => void log.push(line) }),
  })
  strict.listen(0, '127.0.0.1')
  await once(strict, 'listening')
  try {
    const answer = await fetch(`http://127.0.0.1:${(strict.address() as AddressInfo).port}/authorize`)
    expect(answer.headers.get('x-countersign-status')).toBe('403')
    expect(answer.headers.get('x-countersign-refusal')).toBe(
      '{"error":{"code":"peer_not_trusted","message":"the proxy that asks is not one of the trusted proxies"}}',
    )
    expect(JSON.parse(log[0] ?? '')).toMatchObject({
      refusal: 'peer_not_trusted',
      peer: '127.0.0.1',
      fix: 'trustedProxies: ["10.0.0.7","127.0.0.1"]',
    })
  } finally {
    strict.closeAllConnections()
    strict.close()
  }
})
