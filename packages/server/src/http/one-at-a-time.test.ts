import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { createLogger } from '../observe/log.ts'
import { trustedProxies } from './client-address.ts'
import { createConnectionLimit } from './connection-limit.ts'
import { createHttpServer } from './http-server.ts'
import { MAX_UNDER_WAY } from './one-at-a-time.ts'

const opened: (() => void)[] = []
afterEach(() => {
  for (let close = opened.pop(); close; close = opened.pop()) close()
})

async function serve(listener: RequestListener, unreadTimeoutMs = DEFAULT_SETTINGS.unreadTimeoutMs) {
  const log = createLogger('silent')
  const connections = createConnectionLimit({ max: 100, perAddress: 100 }, trustedProxies([]), log)
  const settings = { ...DEFAULT_SETTINGS, databaseUrl: '', unreadTimeoutMs }
  const server = createHttpServer(listener, settings, log, connections)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(() => server.close().closeAllConnections())
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  opened.push(() => socket.destroy())
  return { connections, socket, received: collect(socket) }
}

function collect(socket: Socket): () => string {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

test('the next request of a connection starts when the answer before it has left', async () => {
  const started: string[] = []
  const { promise: firstStarted, resolve } = Promise.withResolvers<ServerResponse>()
  const { socket, received } = await serve((request, response) => {
    started.push(request.url ?? '')
    if (request.url === '/0') resolve(response)
    else response.end(request.url)
  })
  socket.write(get('/0') + get('/1') + get('/2', 'Connection: close\r\n'))
  const first = await firstStarted
  for (let i = 0; i < 10; i++) await turn()
  expect(started).toEqual(['/0'])
  first.end('/0')
  await once(socket, 'close')
  expect(started).toEqual(['/0', '/1', '/2'])
  expect(received().match(/\r\n\r\n\/\d/g)).toEqual(['\r\n\r\n/0', '\r\n\r\n/1', '\r\n\r\n/2'])
})

test('as many as may be under way are answered, and a connection with one more is cut off', async () => {
  const started: string[] = []
  const { socket, connections } = await serve((request) => void started.push(request.url ?? ''))
  socket.on('error', () => undefined)
  socket.write(Array.from({ length: MAX_UNDER_WAY }, (_, i) => get(`/${i}`)).join(''))
  for (let i = 0; i < 10; i++) await turn()
  expect(socket.destroyed).toBe(false)
  socket.write(get('/more').repeat(1_000))
  await once(socket, 'close')
  expect(started).toEqual(['/0'])
  expect(connections.use().refused).toEqual(new Map([['pipelined', 1]]))
})

test('what follows an answer that closes the connection is not started', async () => {
  const started: string[] = []
  const { socket } = await serve((request, response) => {
    started.push(request.url ?? '')
    setImmediate(() => response.setHeader('connection', 'close').end())
  })
  socket.write(get('/0') + get('/1'))
  await once(socket, 'close')
  expect(started).toEqual(['/0'])
})

test('a connection whose answer nobody reads is ended', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const { socket, connections } = await serve((_, response) => {
    response.once('close', resolve)
    // More than the system takes for a client that does not read.
    response.end(Buffer.alloc(64 * 1024 * 1024))
  }, 50)
  socket.pause()
  socket.write(get('/'))
  await ended
  expect(connections.use().refused).toEqual(new Map([['unread', 1]]))
})
