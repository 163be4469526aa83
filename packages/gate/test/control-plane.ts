import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A control plane over real HTTP whose answers a test chooses. */
export interface ControlPlane {
  readonly url: string
  /** Targets that were asked for, in order. */
  readonly asked: readonly string[]
  /** The streams that were asked for, in order. */
  readonly streams: readonly Stream[]
  /** Answers to look-ups from now on. */
  answer: (keyId: string, response: ServerResponse) => void
  close(): Promise<void>
}

/** One stream of changes. */
export interface Stream {
  readonly request: IncomingMessage
  send(event: string, data: object, id?: number): void
  write(text: string): void
  end(): void
}

/** Starts one that knows no key, and whose streams begin at 1 and say no more by themselves. */
export async function startControlPlane(): Promise<ControlPlane> {
  const asked: string[] = []
  const streams: Stream[] = []
  const server = createServer((request, response) => {
    const target = request.url ?? ''
    asked.push(target)
    if (target.startsWith('/gate/v1/keys/')) plane.answer(target.slice('/gate/v1/keys/'.length), response)
    else streams.push(openStream(request, response))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const plane: ControlPlane = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    streams,
    answer: (_, response) => void response.writeHead(404).end('{"error":{"code":"not_found","message":"not found"}}'),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return plane
}

function openStream(request: IncomingMessage, response: ServerResponse): Stream {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const stream: Stream = {
    request,
    send: (event, data, id) =>
      stream.write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`),
    write: (text) => void response.write(text),
    end: () => void response.end(),
  }
  stream.send('start', { deployment_id: 'd' }, Number(request.headers['last-event-id'] ?? 1))
  return stream
}
