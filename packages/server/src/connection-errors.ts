import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { REFUSALS, type RefusalName, refusalBody } from '@countersign/protocol'

/**
 * Answers from the table for what node:http refuses before it is a request, then closes the connection: no HTTP, headers
 * too large, too slow, CONNECT. Where an earlier request of the connection still waits for its answer, it only closes,
 * since the refusal would be taken for that answer.
 */
export function answerConnectionErrors(server: Server): void {
  const open = new WeakMap<Duplex, number>()

  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    open.set(socket, (open.get(socket) ?? 0) + 1)
    response.once('close', () => open.set(socket, (open.get(socket) ?? 1) - 1))
  })

  server.removeAllListeners('clientError')
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const name = REFUSAL_OF_CODE[error.code ?? ''] ?? 'request_malformed'
    const ownRequest = name === 'request_timeout' ? 1 : 0
    close(socket, (open.get(socket) ?? 0) > ownRequest ? undefined : name)
  })

  server.on('connect', (_request: IncomingMessage, socket: Duplex) => close(socket, 'method_not_allowed'))
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  )
}

const REFUSAL_OF_CODE: Readonly<Record<string, RefusalName | undefined>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

function close(socket: Duplex, name: RefusalName | undefined): void {
  if (!name || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(refusalBody(name))
  const { status } = REFUSALS[name]
  socket.end(
    [
      `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
      `Date: ${new Date().toUTCString()}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${randomUUID()}`,
      ...(status === 405 ? ['Allow: GET, HEAD, POST, DELETE'] : []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  setTimeout(() => socket.destroy(), 1_000).unref()
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
}
