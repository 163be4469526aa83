import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rawHeader, toGateRequest } from './node-request.ts'

describe('rawHeader', () => {
  test.each([
    ['absent', ['Host', 'a'], undefined],
    ['there once', ['Host', 'a', 'X-Key', 'b'], 'b'],
    ['in any case', ['x-KEY', 'b'], 'b'],
    ['empty', ['X-Key', ''], ''],
    ['there twice', ['X-Key', 'a', 'Host', 'b', 'x-key', 'c'], ['a', 'c']],
    ['there twice with equal values', ['X-Key', 'a', 'X-Key', 'a'], ['a', 'a']],
    ['there three times', ['X-Key', 'a', 'X-Key', 'b', 'X-Key', 'c'], ['a', 'b', 'c']],
    ['empty the first time', ['X-Key', '', 'X-Key', 'a'], ['', 'a']],
    ['the value of another', ['Host', 'x-key'], undefined],
    ['the beginning of another', ['X-Key-2', 'a'], undefined],
  ])('a header that is %s', (_, rawHeaders, expected) => {
    expect(rawHeader(rawHeaders, 'x-key')).toEqual(expected)
  })
})

describe('toGateRequest', () => {
  const server = createServer()
  beforeAll(async () => {
    server.maxHeadersCount = 0
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => server.close())

  test('takes the target as it was sent, and second copies that node:http would drop', async () => {
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET /a%20b/../c?d=%2f HTTP/1.1\r\nHost: a\r\nHost: b\r\n${'X: y\r\n'.repeat(1_500)}\r\n`)
    const [raw, response]: [IncomingMessage, { end(): void }] = (await once(server, 'request')) as never
    const request = toGateRequest(raw)
    response.end()

    expect(request).toMatchObject({ method: 'GET', target: '/a%20b/../c?d=%2f' })
    expect(request.header('host')).toEqual(['a', 'b'])
    expect(request.header('x')).toHaveLength(1_500)
    expect(request.header('y')).toBeUndefined()
    expect(raw.headers.host).toBe('a')
  })
})
