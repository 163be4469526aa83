import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { PROXIES, type Proxied, type ProxyKind, useProxied } from '../support/proxy/proxied.ts'
import { send } from '../support/proxy/send.ts'
import { sendRaw } from '../support/proxy/send-raw.ts'
import { type Received, valuesOf } from '../support/proxy/upstream.ts'

const ORDERS = '/trade-api/v2/orders'
const SOCKET = '/trade-api/ws/v2'

/** HTTP/2 without TLS, which the recipes leave to each operator. */
const HTTP2: Readonly<Record<ProxyKind, (recipe: string) => string>> = {
  nginx: (recipe) => recipe.replace(/(listen 127\.0\.0\.1:\d+);/, '$1 http2;'),
  caddy: (recipe) => recipe.replace('\tservers {', '\tservers {\n\t\tprotocols h1 h2c'),
}

describe.each(PROXIES)('traffic through %s', (kind) => {
  const proxied = useProxied(kind)
  let alice: GivenKey | undefined

  async function caller(): Promise<GivenKey> {
    const { database } = proxied()
    alice ??= await givenKey(database, await givenCustomer(database, 'Alice'))
    return alice
  }

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s arrives as it was sent', async (method) => {
    const answer = await send(proxied().port, { method, target: `${ORDERS}?a=1`, as: await caller() })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ method, target: `${ORDERS}?a=1`, body: '' })
  })

  test('HEAD: the length without the body', async () => {
    const { port, upstream } = proxied()
    const answer = await send(port, { method: 'HEAD', target: ORDERS, as: await caller() })
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '' })
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(100)
    expect(upstream.received.at(-1)?.method).toBe('HEAD')
  })

  test.each([
    ['1 byte', 1],
    ['64 KiB', 65_536],
    ['8 MiB', 8 * 1024 * 1024],
  ])('a body of %s arrives unharmed, with its length or in chunks', async (_, size) => {
    const { port } = proxied()
    const bytes = randomBytes(size)
    const pieces = [bytes.subarray(0, size / 3), bytes.subarray(size / 3)].filter((piece) => piece.length > 0)
    for (const body of [bytes, pieces]) {
      const answer = await send(port, { method: 'POST', target: ORDERS, as: await caller(), body })
      expect(answer.status).toBe(200)
      const received: Received = JSON.parse(answer.text)
      expect(sha256(Buffer.from(received.body, 'latin1'))).toBe(sha256(bytes))
    }
  })

  test('a GET in chunks, signed without a body, passes where the proxy does not tell, and as one without', async () => {
    const { port } = proxied()
    const message = { method: 'GET', target: ORDERS, authority: `127.0.0.1:${port}` }
    const headers = messageSignature(await caller(), message)
    const answer = await send(port, { target: ORDERS, headers, body: ['a'] })
    if (kind === 'nginx')
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'signature_coverage_insufficient' } })
    else expect(valuesOf(JSON.parse(answer.text), 'x-countersign-digest')).toEqual(['none'])
  })

  test('a POST that says nothing of a body has none where the proxy can tell', async () => {
    const { port } = proxied()
    const message = { method: 'POST', target: ORDERS, authority: `127.0.0.1:${port}` }
    const signed = messageSignature(await caller(), message).map((pair) => `${pair.join(': ')}\r\n`)
    const head = `POST ${ORDERS} HTTP/1.1\r\nHost: ${message.authority}\r\n${signed.join('')}Connection: close\r\n\r\n`
    const { text: received } = await sendRaw(port, head)
    expect(received).toContain(kind === 'nginx' ? `"target":"${ORDERS}"` : 'signature_coverage_insufficient')
  })

  test('100-continue', async () => {
    const { port } = proxied()
    const signed = lines(accessHeaders(await caller(), 'POST', ORDERS))
    const head = `POST ${ORDERS} HTTP/1.1\r\nHost: h\r\n${signed}Content-Length: 5\r\nConnection: close\r\n`
    const { text: received } = await sendRaw(port, `${head}Expect: 100-continue\r\n\r\nhello`)
    expect(received).toMatch(/^HTTP\/1\.1 (?:100|200) /)
    expect(received).toContain('"body":"hello"')
  })

  test('many requests over one connection, allowed and refused', async () => {
    const { port } = proxied()
    const connection = await open(port)
    const as = await caller()
    for (let i = 0; i < 20; i++) {
      const signed = i % 3 === 0 ? '' : lines(accessHeaders(as, 'GET', `${ORDERS}/${i}`))
      connection.socket.write(`GET ${ORDERS}/${i} HTTP/1.1\r\nHost: h\r\n${signed}\r\n`)
      const answer = await connection.next()
      expect(answer).toMatch(i % 3 === 0 ? /^HTTP\/1\.1 401 / : /^HTTP\/1\.1 200 /)
      if (i % 3 !== 0) expect(answer).toContain(`"target":"${ORDERS}/${i}"`)
    }
    connection.socket.destroy()
  })

  test('pipelined requests are answered in their order, each by its own signature', async () => {
    const { port } = proxied()
    const as = await caller()
    const requests = Array.from({ length: 12 }, (_, i) => {
      const signed = i % 4 === 1 ? '' : lines(accessHeaders(as, 'GET', `${ORDERS}/${i}`))
      const last = i === 11 ? 'Connection: close\r\n' : ''
      return `GET ${ORDERS}/${i} HTTP/1.1\r\nHost: h\r\n${signed}${last}\r\n`
    })
    const { text: received } = await sendRaw(port, requests.join(''))
    const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)
    expect(statuses).toEqual(requests.map((_, i) => (i % 4 === 1 ? '401' : '200')))
    const targets = [...received.matchAll(/"target":"([^"]*)"/g)].map(([, target]) => target)
    expect(targets).toEqual(requests.flatMap((_, i) => (i % 4 === 1 ? [] : [`${ORDERS}/${i}`])))
  })

  test('bytes after a request are a request of their own, and need their own signature', async () => {
    const { port, upstream } = proxied()
    const before = upstream.received.length
    const signed = lines(accessHeaders(await caller(), 'POST', ORDERS))
    const smuggled = `GET ${ORDERS}/smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`
    const both = `Content-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`
    const { text: received } = await sendRaw(port, `POST ${ORDERS} HTTP/1.1\r\nHost: h\r\n${signed}${both}`)
    const targets = upstream.received.slice(before).map(({ target }) => target)
    expect(targets).not.toContain(`${ORDERS}/smuggled`)
    // nginx refuses what has two lengths; Caddy takes the chunks.
    expect(received).toMatch(kind === 'nginx' ? /^HTTP\/1\.1 400 / : /^HTTP\/1\.1 200 .*HTTP\/1\.1 401 /s)
  })

  test('a WebSocket upgrade, and what goes over it both ways', async () => {
    const { port, upstream } = proxied()
    const connection = await open(port)
    const signed = lines(accessHeaders(await caller(), 'GET', SOCKET))
    connection.socket.write(`GET ${SOCKET} HTTP/1.1\r\nHost: h\r\n${signed}${WEBSOCKET}\r\n`)
    expect(await connection.upTo('\r\n\r\n')).toMatch(/^HTTP\/1\.1 101 /)
    for (const word of ['ping', 'again']) {
      connection.socket.write(`${word}!`)
      expect(await connection.upTo('!')).toBe(`${word.toUpperCase()}!`)
    }
    connection.socket.destroy()
    const last = upstream.received.at(-1)
    expect(last?.headers.map(([name, value]) => `${name}: ${value}`.toLowerCase())).toEqual(
      expect.arrayContaining(['connection: upgrade', 'upgrade: websocket', `x-countersign-key: ${alice?.keyId}`]),
    )
  })

  test('a WebSocket upgrade without a signature stays a refused request', async () => {
    const { port } = proxied()
    const { text: received } = await sendRaw(port, `GET ${SOCKET} HTTP/1.1\r\nHost: h\r\n${WEBSOCKET_CLOSING}\r\n`)
    expect(received).toMatch(/^HTTP\/1\.1 401 /)
  })

  test.each(['h2c', 'h2c, websocket', 'TLS/1.0', 'websocket2'])('an upgrade to %s reaches nobody', async (protocol) => {
    const { port, upstream } = proxied()
    const signed = lines(accessHeaders(await caller(), 'GET', ORDERS))
    const upgrade = `Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\nUpgrade: ${protocol}\r\n`
    const connection = await open(port)
    connection.socket.write(`GET ${ORDERS} HTTP/1.1\r\nHost: h\r\n${signed}${upgrade}\r\n`)
    expect(await connection.next()).toMatch(/^HTTP\/1\.1 200 /)
    connection.socket.destroy()
    const names = upstream.received.at(-1)?.headers.map(([name]) => name.toLowerCase())
    expect(names).not.toContain('upgrade')
  })
})

describe.each(PROXIES)('HTTP/2 through %s', (kind) => {
  const proxied = useProxied(kind, { edit: HTTP2[kind] })

  test('a body that tells no length is taken for one', async () => {
    const here = proxied()
    const alice = await givenKey(here.database, await givenCustomer(here.database, 'Alice'))
    const post = async (body: string | undefined, told: Record<string, string> = {}) => {
      const authority = `127.0.0.1:${here.port}`
      const headers = messageSignature(alice, { method: 'POST', target: ORDERS, authority })
      return sendHttp2(here, { ':method': 'POST', ...told, ...lowerCase(headers) }, body)
    }
    expect(await post('{}')).toMatchObject({ status: 401, code: 'signature_coverage_insufficient' })
    expect(await post('{}', { 'content-length': '2' })).toMatchObject({ code: 'signature_coverage_insufficient' })
    expect(await post(undefined, { 'content-length': '0' })).toMatchObject({ status: 200 })
    expect(here.upstream.received.map(({ body }) => body)).toEqual([''])
  })

  test('a body whose digest is signed passes', async () => {
    const here = proxied()
    const alice = await givenKey(here.database, await givenCustomer(here.database, 'Bob'))
    const message = { method: 'POST', target: ORDERS, authority: `127.0.0.1:${here.port}`, body: '{"a":1}' }
    const headers = lowerCase(messageSignature(alice, message))
    expect(await sendHttp2(here, { ':method': 'POST', ...headers }, message.body)).toMatchObject({ status: 200 })
    expect(here.upstream.received.at(-1)?.body).toBe(message.body)
  })
})

const WEBSOCKET = [
  'Connection: keep-alive, Upgrade\r\n',
  'Upgrade: WebSocket\r\n',
  'Sec-WebSocket-Version: 13\r\n',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
].join('')
const WEBSOCKET_CLOSING = WEBSOCKET.replace('keep-alive', 'close')

/** Sends a request over HTTP/2 to the list of orders. */
async function sendHttp2(
  { port }: Proxied,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<{ status: unknown; code: string | undefined }> {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  try {
    const stream = session.request({ ':path': ORDERS, ...headers })
    const answered = once(stream, 'response')
    stream.end(body)
    const [answer] = await answered
    return { status: answer[':status'], code: /"code":"(\w+)"/.exec(await text(stream))?.[1] }
  } finally {
    session.destroy()
  }
}

interface OpenConnection {
  readonly socket: Socket
  /** The next bytes up to and with these. */
  upTo(end: string): Promise<string>
  /** The next answer, its body framed by its length or by chunks. */
  next(): Promise<string>
}

async function open(port: number): Promise<OpenConnection> {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  let rest = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    rest += chunk
    socket.emit('more')
  })
  const take = async (length: () => number) => {
    while (length() < 0) await once(socket, 'more', { signal: AbortSignal.timeout(10_000) })
    const taken = rest.slice(0, length())
    rest = rest.slice(taken.length)
    return taken
  }
  const upTo = (end: string) =>
    take(() => {
      const at = rest.indexOf(end)
      return at < 0 ? -1 : at + end.length
    })
  return {
    socket,
    upTo,
    async next() {
      const head = await upTo('\r\n\r\n')
      const length = /^content-length: (\d+)/im.exec(head)?.[1]
      if (length === undefined) return head + (await upTo('0\r\n\r\n'))
      return head + (await take(() => (rest.length < Number(length) ? -1 : Number(length))))
    },
  }
}

function lines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map((pair) => `${pair.join(': ')}\r\n`)
    .join('')
}

function lowerCase(headers: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
