import { createServer, type RequestListener, type Server } from 'node:http'
import type { Logger } from 'pino'
import type { Settings } from './config.ts'
import { answerConnectionErrors } from './connection-errors.ts'

/** What a request's line and headers may have together. */
export const HEADERS_LIMIT_BYTES = 16 * 1024

const KEEP_ALIVE_MS = 72_000

/** The node:http server under the application, with its limits: Fastify would set some of them to its own defaults. */
export function createHttpServer(
  listener: RequestListener,
  { headersTimeoutMs, requestTimeoutMs }: Settings,
  log: Logger,
): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Its own answer would not be from the table: the application refuses instead.
      requireHostHeader: false,
    },
    listener,
  )
  // Bytes are limited above. A limit on their number would drop headers, second copies of a signature's among them.
  server.maxHeadersCount = 0
  answerConnectionErrors(server, log)
  return server
}
