import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { MaybePromise } from '@countersign/protocol'
import { type Denied, denied } from './decision.ts'

const EMPTY = new Uint8Array(0)

/**
 * Reads the whole body of a request of node:http, or of node:http2 by its compatibility API, and puts it back, so that
 * the next reader finds it unchanged. Refuses a body that is larger than the limit or breaks off; the rest of it is
 * discarded.
 *
 * @throws Error if somebody has read a part of it before
 */
export function readNodeBody(raw: IncomingMessage, limitBytes: number): MaybePromise<Uint8Array | Denied> {
  if (!hasBody(raw)) return EMPTY
  if (raw.readableDidRead)
    throw new Error('the body was read before the gate saw it: put the gate before what parses bodies')
  if (Number(raw.headers['content-length']) > limitBytes) return denied('body_too_large')
  return new Promise((resolve) => collect(raw, limitBytes, resolve))
}

/** HTTP/1 announces a body in its headers. HTTP/2 announces it by not ending the stream with them. */
function hasBody(raw: IncomingMessage | Http2ServerRequest): boolean {
  if ('stream' in raw) return !raw.stream.endAfterHeaders
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  return encoding !== undefined || (length !== undefined && Number(length) !== 0)
}

/**
 * Whether all of the body has arrived. For HTTP/2 only the stream beneath knows this. For a request that a framework
 * injects (Fastify's `inject`) only its length does.
 */
function isComplete(raw: IncomingMessage | Http2ServerRequest, sizeBytes: number): boolean {
  if ('stream' in raw) return raw.stream.readableEnded
  return raw.complete ?? sizeBytes === Number(raw.headers['content-length'])
}

/**
 * Never asks the stream for more than it holds: a stream that is found empty at its end reports its end, and only once.
 */
function collect(raw: IncomingMessage, limitBytes: number, resolve: (outcome: Uint8Array | Denied) => void): void {
  const chunks: Buffer[] = []
  let size = 0

  function settle(outcome: Uint8Array | Denied): void {
    raw.off('readable', take).off('error', breakOff).off('close', breakOff)
    resolve(outcome)
  }

  function breakOff(): void {
    settle(denied('request_malformed'))
  }

  function take(): void {
    while (raw.readableLength > 0) {
      const chunk: Buffer = raw.read()
      size += chunk.length
      if (size > limitBytes) {
        settle(denied('body_too_large'))
        raw.resume()
        return
      }
      chunks.push(chunk)
    }
    if (!isComplete(raw, size)) return
    const body = Buffer.concat(chunks, size)
    if (size > 0) raw.unshift(body)
    settle(body)
  }

  if (isComplete(raw, size)) take()
  else raw.on('readable', take).on('error', breakOff).on('close', breakOff)
}
