import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { REFUSALS, type RefusalName, refusalBody } from '@countersign/protocol'
import type { Logger } from 'pino'

/** A request of a connection and its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Adds a request to those of its connection. Returns the requests under way, in order, with this one last. */
export type TrackExchange = (request: IncomingMessage, response: ServerResponse) => readonly Exchange[]

/** How long a finished connection may go on sending, in milliseconds. */
const LINGER_MS = 1_000

/**
 * Answers errors that node:http finds before or inside a request, with refusals of the table, and then closes the
 * connection: no HTTP, headers too large, too slow, CONNECT. Earlier requests of the connection get their answers
 * first, because the refusal would be taken for theirs.
 *
 * @returns a function to call with every request before it is answered; a listener for it would cost more than its work
 */
export function answerConnectionErrors(server: Server, log: Logger): TrackExchange {
  const exchanges = new WeakMap<Duplex, Exchange[]>()
  const refused = new WeakSet<Duplex>()

  async function refuse(socket: Duplex, name: RefusalName): Promise<void> {
    if (refused.has(socket)) return
    refused.add(socket)
    // A request that was answered before its body came is still under way: the end of its body is not a second answer.
    const underWay =
      exchanges.get(socket)?.filter(({ request, response }) => !response.closed || !request.complete) ?? []
    const broken = underWay.find(({ request }) => !request.complete)
    await Promise.all(underWay.map((each) => each !== broken && closed(each.response)))
    if (!broken?.response.headersSent) return close(socket, name, log)
    await closed(broken.response)
    close(socket, undefined, log)
  }

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    refuse(socket, REFUSAL_OF_CODE[error.code ?? ''] ?? 'request_malformed')
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // node:http has released this socket: without a listener, a reset would end the process.
    socket.on('error', () => socket.destroy())
    refuse(socket, 'method_not_allowed')
  })
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  )
  return (request, response) => {
    const { socket } = request
    const known = exchanges.get(socket)
    // Answers leave in the order of their requests.
    while (known?.[0]?.response.closed) known.shift()
    if (known) {
      known.push({ request, response })
      return known
    }
    const first = [{ request, response }]
    exchanges.set(socket, first)
    lingerIfUnread(socket, first)
    return first
  }
}

/**
 * Delays the closing of a connection whose request was answered before its body came. Closing with unread bytes resets
 * it, and a reset discards what the client has not read yet, also the answer.
 */
function lingerIfUnread(socket: Socket, exchanges: readonly Exchange[]): void {
  const destroySoon = socket.destroySoon.bind(socket)
  socket.destroySoon = () => {
    const isUnread = exchanges.some(({ request, response }) => response.writableFinished && !request.complete)
    if (!isUnread) return destroySoon()
    socket.end()
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
}

async function closed(response: ServerResponse): Promise<void> {
  if (!response.closed) await new Promise((resolve) => response.once('close', resolve))
}

const REFUSAL_OF_CODE: Readonly<Record<string, RefusalName | undefined>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

function close(socket: Duplex, name: RefusalName | undefined, log: Logger): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  if (name) writeRefusal(socket, name, log)
  socket.end()
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

function writeRefusal(socket: Duplex, name: RefusalName, log: Logger): void {
  const { status, code } = REFUSALS[name]
  const requestId = randomUUID()
  const body = JSON.stringify(refusalBody(name))
  const ip = 'remoteAddress' in socket ? socket.remoteAddress : undefined
  log.info({ requestId, refusal: name, status, code, ip }, 'refused')
  socket.write(
    [
      `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
      `Date: ${new Date().toUTCString()}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Cache-Control: no-store',
      ...(status === 405 ? ['Allow: GET, HEAD, POST, DELETE'] : []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
}
