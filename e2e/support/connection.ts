import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { accessHeaders, type KeyHolder } from './key-holder.ts'

/** A whole answer. */
export interface WholeAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** What is sent. */
export interface RequestToSend {
  readonly method: string
  readonly target: string
  /** Signs it, where given. */
  readonly as?: KeyHolder
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is, declared as JSON. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Cuts the connection. */
  readonly signal?: AbortSignal
}

/** One connection to a server, kept alive between requests. */
export interface Connection {
  /** Resolves with the whole answer; rejects where it is cut off. */
  send(request: RequestToSend): Promise<WholeAnswer>
  close(): void
}

/** Opens a connection, at the first request. */
export function connectTo(url: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    send: ({
      method,
      target,
      as,
      json,
      text: body = json === undefined ? undefined : JSON.stringify(json),
      headers,
      signal,
    }) =>
      new Promise((resolve, reject) => {
        const sent = request(url, {
          agent,
          method,
          path: target,
          headers: {
            ...(as && accessHeaders(as, method, target)),
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(signal && { signal }),
        })
        sent.on('error', reject)
        sent.on('response', (response) => {
          const { statusCode: status = 0, headers, rawHeaders } = response
          readText(response).then((body) => resolve({ status, headers, rawHeaders, body }), reject)
        })
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}
