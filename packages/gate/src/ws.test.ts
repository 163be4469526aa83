import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { refusalBody } from '@countersign/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { newPair, newRecord, type Pair, signedHeaders, type TestHeaders } from '../test/fixtures.ts'
import type { Principal } from './decision.ts'
import { createGate } from './gate.ts'
import { createMemoryKeySource } from './memory.ts'
import type { KeyRecord, KeySource } from './ports.ts'
import { gateUpgrades, isWebSocketUpgrade, principalOf } from './ws.ts'

const PATH = '/trade-api/ws/v2'

describe('gateUpgrades', () => {
  const keys = createMemoryKeySource()
  let source: KeySource = keys
  const faults: unknown[] = []
  const gate = createGate({ keys: { find: (keyId) => source.find(keyId) } })
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const opened: { principal: Principal | undefined; socket: WebSocket; heard: string[] }[] = []
  let pair: Pair

  beforeAll(async () => {
    pair = await newPair('rsa')
    server.on('upgrade', gateUpgrades(sockets, { gate, rule: { scope: 'read' }, faulted: (it) => faults.push(it) }))
    sockets.on('connection', (socket: WebSocket, _: IncomingMessage, principal: Principal | undefined) => {
      const heard: string[] = []
      opened.push({ principal, socket, heard })
      socket.on('message', (message) => {
        heard.push(String(message))
        socket.send(`heard ${message}`)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  beforeEach(() => {
    source = keys
    opened.length = 0
  })
  afterAll(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })

  function given(changes: Partial<KeyRecord> = {}): KeyRecord {
    const record = newRecord(pair.verifying, changes)
    keys.put(record)
    return record
  }

  const sign = (record: KeyRecord, target = PATH) =>
    signedHeaders(record, pair.signing, { target, timestampMs: Date.now() })

  function dial(headers: TestHeaders): WebSocket {
    const { port } = server.address() as AddressInfo
    return new WebSocket(`ws://127.0.0.1:${port}${PATH}`, { headers: headers as Record<string, string> })
  }

  async function open(record: KeyRecord): Promise<WebSocket> {
    const socket = dial(await sign(record))
    await once(socket, 'open')
    return socket
  }

  async function refusalOf(headers: TestHeaders): Promise<{ status: number | undefined; body: unknown }> {
    const socket = dial(headers)
    socket.on('error', () => undefined)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    const body = await text(response)
    socket.terminate()
    const challenge = response.statusCode === 401 ? 'Signature realm="countersign"' : undefined
    expect(response.headers['www-authenticate']).toBe(challenge)
    return { status: response.statusCode, body: JSON.parse(body) }
  }

  test('opens a socket for the three headers, and tells whose it is', async () => {
    const { keyId, accountId } = given({ externalId: 'customer 7' })
    const socket = await open({ ...given(), keyId })
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('heard hello')
    const [one] = opened
    expect(one?.principal).toMatchObject({ accountId, keyId, externalId: 'customer 7', profile: 'access-headers' })
    expect(one && principalOf(one.socket)).toBe(one?.principal)
    socket.close()
  })

  test('refuses on the upgrade, and opens nothing', async () => {
    expect(await refusalOf({})).toEqual({ status: 401, body: refusalBody('credentials_missing') })
    const elsewhere = await sign(given(), '/trade-api/ws/v1')
    expect(await refusalOf(elsewhere)).toEqual({ status: 401, body: refusalBody('signature_incorrect') })
    const narrow = await sign(given({ scopes: ['write'] }))
    expect(await refusalOf(narrow)).toEqual({ status: 403, body: refusalBody('insufficient_scope', 'read') })
    expect(opened).toEqual([])
  })

  test('opens a socket for anybody where a rule is public', async () => {
    const open = createServer()
    const upgrades = gateUpgrades(sockets, { gate, rule: { public: true }, recheckEveryMs: 1 })
    open.on('upgrade', upgrades).listen(0, '127.0.0.1')
    await once(open, 'listening')
    const socket = new WebSocket(`ws://127.0.0.1:${(open.address() as AddressInfo).port}${PATH}`)
    const [[greeted]] = await Promise.all([
      once(socket, 'message'),
      once(socket, 'open').then(() => socket.send('hello')),
    ])
    expect(String(greeted)).toBe('heard hello')
    expect(opened.map(({ principal }) => principal)).toEqual([undefined])
    socket.terminate()
    open.close()
  })

  test.each(['rsa', 'ed25519'] as const)('lets a signature of a key of the type %s open one socket', async (type) => {
    const signer = await newPair(type)
    const record = newRecord(signer.verifying)
    keys.put(record)
    const headers = await signedHeaders(record, signer.signing, { target: PATH, timestampMs: Date.now() })
    const socket = dial(headers)
    await once(socket, 'open')
    for (let copy = 0; copy < 3; copy++) {
      expect(await refusalOf(headers)).toEqual({ status: 401, body: refusalBody('signature_already_used') })
    }
    socket.close()
  })

  test('answers 500 where it cannot decide, and reports why', async () => {
    const headers = await sign(given())
    source = {
      find() {
        throw new Error('the store')
      },
    }
    expect(await refusalOf(headers)).toEqual({ status: 500, body: refusalBody('internal_error') })
    expect(faults.splice(0)).toMatchObject([{ name: 'GateFault', cause: { message: 'the store' } }])
  })

  test.each(['h2c', 'h2c, websocket', 'TLS/1.0'])(
    'an upgrade to %s is refused with its signature unspent',
    async (protocol) => {
      const signed = await sign(given())
      const answer = await askFor(protocol, signed, (server.address() as AddressInfo).port)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).toContain('the only upgrade here is to websocket')
      const socket = dial(signed)
      await once(socket, 'open')
      socket.terminate()
    },
  )

  test('with isWebSocketUpgrade a request that asks for another upgrade is answered as any other', async () => {
    const mixed = createServer({ shouldUpgradeCallback: isWebSocketUpgrade }, (_, response) =>
      response.end('an answer'),
    )
    mixed.on('upgrade', gateUpgrades(sockets, { gate, rule: { scope: 'read' } })).listen(0, '127.0.0.1')
    await once(mixed, 'listening')
    const { port } = mixed.address() as AddressInfo
    try {
      expect(await askFor('h2c', {}, port)).toMatch(/^HTTP\/1\.1 200 [\s\S]*an answer/)
      const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}`, { headers: await sign(given()) })
      await once(socket, 'open')
      socket.terminate()
    } finally {
      mixed.close()
    }
  })

  test('outlives a caller who leaves before he is answered', async () => {
    const { port } = server.address() as AddressInfo
    const lines = [`GET ${PATH} HTTP/1.1`, 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket']
    const socket = connect(port, '127.0.0.1')
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, () => socket.resetAndDestroy())
    await once(socket, 'close')
    ;(await open(given())).close()
  })

  test.each<[string, string, (record: KeyRecord) => void]>([
    ['is deleted', 'NOT_FOUND', ({ keyId }) => keys.delete(keyId)],
    ['is revoked', 'API_KEY_REVOKED', (record) => keys.put({ ...record, state: 'revoked' })],
    ['is disabled', 'API_KEY_DISABLED', (record) => keys.put({ ...record, state: 'disabled' })],
    ['expires', 'API_KEY_EXPIRED', (record) => keys.put({ ...record, expiresAtMs: Date.now() - 1 })],
    ['loses its account', 'ACCOUNT_SUSPENDED', (record) => keys.put({ ...record, accountSuspended: true })],
    ['may no longer read', 'insufficient_scope', (record) => keys.put({ ...record, scopes: ['write'] })],
    ['may no longer be used there', 'ip_not_allowed', (record) => keys.put({ ...record, ipAllowlist: [] })],
  ])('closes an open socket with 1008 when its key %s, and leaves others open', async (_, reason, change) => {
    const record = given()
    const [socket, other] = [await open(record), await open(given())]
    change(record)
    const [code, told] = await once(socket, 'close')
    expect([code, String(told)]).toEqual([1008, reason])
    other.send('still here')
    expect(String((await once(other, 'message'))[0])).toBe('heard still here')
    other.close()
  })

  test('closes open sockets with 1013 where their keys cannot be known', async () => {
    const [unavailable, failing] = [await open(given()), await open(given())]
    const [, second] = opened
    source = {
      find(keyId) {
        if (keyId !== second?.principal?.keyId) return 'unavailable'
        throw new Error('the store')
      },
    }
    const codes = await Promise.all([once(unavailable, 'close'), once(failing, 'close')])
    expect(codes.map(([code]) => code)).toEqual([1013, 1013])
    expect(faults.splice(0)).toMatchObject([{ name: 'GateFault', cause: { message: 'the store' } }])
  })

  test('cuts off a peer that does not close, and hears nothing more of it', async () => {
    const record = given()
    const { port } = server.address() as AddressInfo
    const signed = Object.entries(await sign(record)).map(([name, value]) => `${name}: ${value}`)
    const wanted = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
    const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`
    const socket = connect(port, '127.0.0.1')
    socket.write([`GET ${PATH} HTTP/1.1`, 'Host: a', ...wanted, key, ...signed, '', ''].join('\r\n'))
    await once(socket, 'data')
    socket.on('data', () => socket.write(frame('too late')))
    socket.on('error', () => undefined)
    keys.delete(record.keyId)
    await once(socket, 'close')
    const [one] = opened
    if (one && one.socket.readyState !== WebSocket.CLOSED) await once(one.socket, 'close')
    expect(one?.heard).toEqual([])
  })
})

/** The answer to a request for an upgrade, such as Java's HttpClient sends over plain HTTP. */
async function askFor(protocol: string, headers: TestHeaders, port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const settings = ['Connection: Upgrade, HTTP2-Settings, close', `Upgrade: ${protocol}`, 'HTTP2-Settings: AAEAAEAA']
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write([`GET ${PATH} HTTP/1.1`, 'Host: a', ...settings, ...lines, '', ''].join('\r\n'))
  return text(socket)
}

/** A text message as a client sends it, masked with zeros. */
function frame(message: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | message.length, 0, 0, 0, 0]), Buffer.from(message)])
}
