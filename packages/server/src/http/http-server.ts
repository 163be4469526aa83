import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import { answerConnectionErrors } from './connection-errors.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** The most bytes of a request's line and headers together. */
export const HEADERS_LIMIT_BYTES = 16 * 1024

const KEEP_ALIVE_MS = 72_000

/** Longest wait for requests under way when a server is stopped, in milliseconds. */
export const STOP_WITHIN_MS = 10_000

const SWEEP_MS = 20

/**
 * The node:http server under the application, with its limits: Fastify would set some of them to its own defaults.
 *
 * @param connections bounds the connections of this server
 * @param options what a plane sets beside the limits
 */
export function createHttpServer(
  listener: RequestListener,
  { headersTimeoutMs, requestTimeoutMs, unreadTimeoutMs }: Settings,
  log: Logger,
  connections: ConnectionLimit,
  options: ServerOptions = {},
): Server {
  const server = createServer({
    ...options,
    maxHeaderSize: HEADERS_LIMIT_BYTES,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // node:http's own answer is not from the table: the application refuses instead.
    requireHostHeader: false,
  })
  // Bytes are limited above. A limit on their number would drop headers, also second copies of signature headers.
  server.maxHeadersCount = 0
  // A client that closes its half after its requests is answered, however long the answers take.
  Object.assign(server, { httpAllowHalfOpen: true })
  const track = answerConnectionErrors(server, log)
  server.on(
    'request',
    oneAtATime(listener, track, () => connections.ended('pipelined')),
  )
  connections.guard(server)
  endUnread(server, unreadTimeoutMs, connections)
  return server
}

/** Ends connections whose client reads nothing of an answer for this time. */
function endUnread(server: Server, unreadTimeoutMs: number, connections: ConnectionLimit): void {
  // This counts while a request is under way, from the last byte that was read or written. Between requests node:http
  // sets its own time.
  server.timeout = unreadTimeoutMs
  server.on('timeout', (socket) => {
    if (socket.writableLength > 0) connections.ended('unread')
    socket.destroy()
  })
}

/**
 * Stops a server that `close` closes: it accepts no more connections, answers the requests under way, and cuts off what
 * is not done in time.
 *
 * @returns whether nothing was cut off
 */
export async function stopHttpServer(server: Server, close: () => Promise<unknown>): Promise<boolean> {
  let isOrderly = true
  const late = setTimeout(() => {
    isOrderly = false
    server.closeAllConnections()
  }, STOP_WITHIN_MS)
  // A connection that is answered during the stop becomes idle after it, and node:http would keep it for its keep-alive
  // time.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  await close()
  clearInterval(sweep)
  clearTimeout(late)
  return isOrderly
}
