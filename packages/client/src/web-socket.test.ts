import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import {
  coverageProblem,
  importVerifyingKey,
  parsePrivateKey,
  publicKeyOf,
  readMessageSignatures,
  verifyMessage,
  verifyRequest,
} from '@countersign/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocketServer, WebSocket as WsClient } from 'ws'
import { JWK, KEY_ID } from '../test/verifying-server.ts'
import { createUpgradeSigner } from './web-socket.ts'

const servers: WebSocketServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that closes each connection with what it found: 1000 where the upgrade was signed, 4000 where not. */
async function listen(): Promise<string> {
  const key = await importVerifyingKey(await publicKeyOf(parsePrivateKey(JWK)))
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  server.on('connection', async (socket, { url: target = '', headers }) => {
    const header = (name: string) => headers[name]
    const read = readMessageSignatures(header)
    const [signature] = 'problem' in read ? [] : read
    const isVerified =
      signature === undefined
        ? await verifyRequest(
            {
              method: 'GET',
              target,
              timestamp: String(headers['kalshi-access-timestamp']),
              signature: String(headers['kalshi-access-signature']),
            },
            key,
          )
        : !coverageProblem(signature, { method: 'GET', target, hasBody: false }) &&
          (await verifyMessage(
            signature,
            { method: 'GET', target, authority: headers.host ?? '', scheme: 'http', header },
            key,
          ))
    socket.close(isVerified ? 1000 : 4000)
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each(['http-message-signatures', 'access-headers'] as const)('by %s, an upgrade is signed', (profile) => {
  const sign = createUpgradeSigner({ keyId: KEY_ID, privateKey: JWK, profile })

  test('for the client of the package ws', async () => {
    const url = `${await listen()}/trade-api/ws/v2?x=1`
    const socket = new WsClient(url, { headers: await sign(url) })
    const [code] = await once(socket, 'close')
    expect(code).toBe(1000)
  })

  test("for Node's own client", async () => {
    const url = `${await listen()}/trade-api/ws/v2`
    const options = { headers: await sign(url) } as unknown as string
    const socket = new WebSocket(url, options)
    const [event] = await once(socket, 'close')
    expect(event.code).toBe(1000)
  })

  test('and nothing else is', async () => {
    const url = await listen()
    const socket = new WsClient(`${url}/a`, { headers: await sign(`${url}/b`) })
    const [code] = await once(socket, 'close')
    expect(code).toBe(4000)
  })
})

test('a URL that is none of a WebSocket is refused', async () => {
  const sign = createUpgradeSigner({ keyId: KEY_ID, privateKey: JWK })
  await expect(sign('ftp://a.example/')).rejects.toThrow('begins with ws: or wss:')
})
