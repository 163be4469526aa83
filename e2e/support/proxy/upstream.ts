import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'

/** A request as an API behind a proxy got it. */
export interface Received {
  readonly method: string
  readonly target: string
  /** Names and values as they came, second copies included. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The body's bytes, one character each. */
  readonly body: string
}

/** An API that says what it received, and remembers it. */
export interface Upstream {
  readonly received: readonly Received[]
  close(): Promise<void>
}

/** Starts it on a port of 127.0.0.1. A WebSocket upgrade is accepted, and what comes over it is sent back in upper case. */
export async function startUpstream(port: number): Promise<Upstream> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const record = describe(request, await buffer(request))
    received.push(record)
    const status = Number(request.headers['x-answer-with'] ?? 200)
    const text = JSON.stringify(record)
    if (request.headers['x-answer-access-control']) response.setHeader('Access-Control-Allow-Origin', '*')
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    response.end(text)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    received.push(describe(request, Buffer.alloc(0)))
    const upgrade = `Connection: Upgrade\r\nUpgrade: ${request.headers.upgrade}`
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\n\r\n`)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => socket.write(bytes.toString('latin1').toUpperCase()))
    socket.on('end', () => socket.end())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, resolve)
  })
  return { received, close: () => closeAll(server) }
}

/** All values of a header that reached the API, by a name in any case. */
export function valuesOf({ headers }: Received, name: string): string[] {
  return headers.filter(([candidate]) => candidate.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
}

function describe({ method = '', url = '', rawHeaders }: IncomingMessage, body: Buffer): Received {
  const headers = Array.from({ length: rawHeaders.length / 2 }, (_, i) => {
    return [rawHeaders[2 * i] ?? '', rawHeaders[2 * i + 1] ?? ''] as const
  })
  return { method, target: url, headers, body: body.toString('latin1') }
}

async function closeAll(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
