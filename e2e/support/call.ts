import { Agent, type OutgoingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { accessHeaders, type KeyHolder } from './key-holder.ts'
import type { TestServer } from './running-server.ts'

/** An answer, its body read to the end. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The body's bytes as text. */
  readonly text: string
  /** Unix milliseconds. */
  readonly receivedAt: number
}

/** What goes out beside method and target. */
export interface CallOptions {
  readonly headers?: OutgoingHttpHeaders
  /** Sent as it is. */
  readonly body?: string | Buffer
  /** Sent as JSON, with its content type. */
  readonly json?: unknown
  /** Signs the request. */
  readonly as?: KeyHolder
}

const agent = new Agent({ keepAlive: true })

/** Sends a request, its target untouched, and reads the whole answer. */
export async function call(
  { port }: Pick<TestServer, 'port'>,
  method: string,
  target: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { as, json, body = json === undefined ? undefined : JSON.stringify(json) } = options
  const headers = {
    ...(as && accessHeaders(as, method, target)),
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
    ...options.headers,
  }
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, method, path: target, headers }, (response) => {
      const received = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
      buffer(response).then(
        (bytes) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(received),
            text: bytes.toString('utf8'),
            receivedAt: Date.now(),
          }),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
