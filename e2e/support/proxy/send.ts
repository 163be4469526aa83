import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Answer } from '../call.ts'
import { accessHeaders, type KeyHolder } from '../key-holder.ts'

/** A request, in all that can be chosen of it. */
export interface ToSend {
  readonly method?: string
  readonly target: string
  /** Signs it with access headers. */
  readonly as?: KeyHolder
  /** In their order, second copies included; a Host header is added. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Sent with its length; a list is sent in chunks. */
  readonly body?: string | Buffer | readonly (string | Buffer)[]
  /** The address that it comes from: 127.0.0.1 where absent. */
  readonly from?: string
}

/** Sends a request on a connection of its own and reads the whole answer. */
export async function send(
  port: number,
  { method = 'GET', target, as, headers = [], body, from }: ToSend,
): Promise<Answer> {
  const chunks = Array.isArray(body) ? body : undefined
  const whole = chunks ? undefined : (body as string | Buffer | undefined)
  const signed = as ? Object.entries(accessHeaders(as, method, target)) : []
  const framing = chunks
    ? [['Transfer-Encoding', 'chunked']]
    : [['Content-Length', `${Buffer.byteLength(whole ?? '')}`]]
  const hasFraming = body !== undefined || method === 'POST'
  const host = headers.some(([name]) => name.toLowerCase() === 'host') ? [] : [['Host', `127.0.0.1:${port}`]]
  const lines = [...host, ...signed, ...headers, ...(hasFraming ? framing : [])]
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent: false,
        host: '127.0.0.1',
        port,
        method,
        path: target,
        headers: lines.flat(),
        ...(from !== undefined && { localAddress: from }),
      },
      (response) => {
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
      },
    )
    sent.on('error', reject)
    sent.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, headers: {}, text: '', receivedAt: Date.now() })
    })
    for (const chunk of chunks ?? []) sent.write(chunk)
    sent.end(whole)
  })
}
