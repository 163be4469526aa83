import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createLogger } from '../observe/log.ts'
import { trustedProxies } from './client-address.ts'
import { createConnectionLimit } from './connection-limit.ts'

/** A connection as a server sees it. */
class Peer extends EventEmitter {
  isEnded = false
  readonly remoteAddress: string

  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }

  destroy(): void {
    this.isEnded = true
    this.emit('close')
  }
}

function guarded(max: number, perAddress: number) {
  const lines: string[] = []
  const log = createLogger('info', { write: (line) => void lines.push(line) })
  const limit = createConnectionLimit({ max, perAddress }, trustedProxies(['10.0.0.1']), log)
  const server = createServer()
  limit.guard(server)
  const connect = (address: string) => {
    const peer = new Peer(address)
    server.emit('connection', peer as unknown as Socket)
    return peer
  }
  return { limit, server, connect, lines }
}

test('an address has so many connections, an IPv6 network as many as one address, and gets them back', () => {
  const { connect, limit } = guarded(100, 2)
  const [first, second, third] = [connect('192.0.2.1'), connect('::ffff:192.0.2.1'), connect('192.0.2.1')]
  expect([first, second, third].map(({ isEnded }) => isEnded)).toEqual([false, false, true])
  expect(connect('192.0.2.2').isEnded).toBe(false)
  const network = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'].map((it) => connect(it).isEnded)
  expect(network).toEqual([false, false, true, false])
  first?.destroy()
  expect(connect('192.0.2.1').isEnded).toBe(false)
  expect(limit.use()).toMatchObject({ open: 6, max: 100, refused: new Map([['address', 2]]) })
})

test('those who are no trusted proxies leave a quarter to the proxies, which have no limit of their own', () => {
  const { connect, limit } = guarded(8, 1)
  const strangers = Array.from({ length: 8 }, (_, i) => connect(`192.0.2.${i}`).isEnded)
  expect(strangers).toEqual([false, false, false, false, false, false, true, true])
  expect([connect('10.0.0.1'), connect('10.0.0.1')].map(({ isEnded }) => isEnded)).toEqual([false, false])
  expect(limit.use().refused).toEqual(new Map([['strangers', 2]]))
})

test('the whole is the limit of the server, which says what it drops', () => {
  const { server, limit } = guarded(8, 1)
  expect(server.maxConnections).toBe(8)
  server.emit('drop')
  expect(limit.use().refused).toEqual(new Map([['full', 1]]))
})

test('the log warns before it is full, and not of every connection', () => {
  const { connect, lines } = guarded(10, 10)
  for (let i = 0; i < 7; i++) connect('10.0.0.1')
  expect(lines).toHaveLength(0)
  for (let i = 0; i < 3; i++) connect('10.0.0.1')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ open: 8, max: 10, msg: 'most connections are taken' })
})
