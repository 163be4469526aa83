import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestHeaders } from './fixtures.ts'

/** A request as it goes on the wire. */
export interface Sent {
  readonly method: string
  readonly target: string
  readonly headers: TestHeaders
  /** In so many pieces, each sent once the one before it has left. */
  readonly body?: readonly Uint8Array[]
  /** Whether the body goes without saying how long it is. */
  readonly isChunked?: boolean
  /** Announces a body of so many bytes instead, and sends none of it. */
  readonly announcedBytes?: number
}

/** What was answered. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends one request over a connection of its own, headers as they are: a list goes as several copies. */
export async function send(
  port: number,
  { method, target, headers, body, isChunked, announcedBytes }: Sent,
): Promise<Answer> {
  const pieces = body ?? []
  const length = announcedBytes ?? pieces.reduce((sum, piece) => sum + piece.length, 0)
  const framing = isChunked ? { 'transfer-encoding': 'chunked' } : body && { 'content-length': `${length}` }
  const fields = Object.entries<string | string[] | undefined>({ host: `127.0.0.1:${port}`, ...headers, ...framing })
  const copies = fields.flatMap(([name, value]) => [value ?? []].flat().flatMap((copy) => [name, copy]))
  const sending = request({ host: '127.0.0.1', port, method, path: target, headers: copies, agent: false })
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>
  sending.flushHeaders()
  for (const piece of pieces) await new Promise((written) => sending.write(piece, written))
  if (announcedBytes === undefined) sending.end()
  const [response] = await answered
  sending.on('error', () => undefined)
  const answer = { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
  sending.destroy()
  return answer
}
