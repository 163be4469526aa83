import type { Dispatcher } from 'undici'
import { type ReadBody, readBody } from '../read-body.ts'

/**
 * Reads a body of any of undici's kinds to its end.
 *
 * @throws RangeError if it has more than `maxBytes`
 */
export async function readDispatchBody(
  body: NonNullable<Dispatcher.DispatchOptions['body']>,
  maxBytes: number,
): Promise<ReadBody> {
  const read = isWhole(body) ? await readBody(body) : { bytes: await collect(body, maxBytes), contentType: undefined }
  if (read.bytes.length > maxBytes) throw tooLarge(maxBytes)
  return read
}

function isWhole(body: unknown): body is string | Uint8Array<ArrayBuffer> | Blob | FormData {
  return typeof body === 'string' || ArrayBuffer.isView(body) || body instanceof Blob || isForm(body)
}

/** undici has its own class beside the platform's. */
function isForm(body: unknown): body is FormData {
  return Object.prototype.toString.call(body) === '[object FormData]'
}

async function collect(body: object, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
    size += bytes.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    parts.push(bytes)
  }
  const whole = new Uint8Array(size)
  let position = 0
  for (const part of parts) {
    whole.set(part, position)
    position += part.length
  }
  return whole
}

function tooLarge(maxBytes: number): RangeError {
  return new RangeError(`a body of more than ${maxBytes} bytes is not held to be signed: raise maxBodyBytes`)
}
