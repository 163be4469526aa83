import { readBody } from './read-body.ts'

/** The options of a request, ready to be sent more than once where their body allows it. */
export interface PreparedInit {
  readonly init: RequestInit
  /** The body's bytes, where the signature covers them. */
  readonly covered: Uint8Array<ArrayBuffer> | undefined
}

/**
 * What `fetch` was called with as options, so that each attempt can have its own headers. The body is read where the
 * signature covers it, a `Request`'s too: whether that was made from a stream cannot be seen.
 *
 * @throws TypeError where a body that is to be covered is a stream
 */
export async function prepareInit(
  input: RequestInfo | URL,
  init: RequestInit = {},
  coversBody: boolean,
): Promise<PreparedInit> {
  if (input instanceof Request) return fromRequest(new Request(input, init), coversBody)
  if (!coversBody || init.body === undefined || init.body === null) return { init, covered: undefined }
  const { bytes, contentType } = await readBody(init.body)
  const headers = new Headers(init.headers)
  if (contentType !== undefined && !headers.has('content-type')) headers.set('content-type', contentType)
  return { init: { ...init, headers, body: bytes }, covered: bytes }
}

async function fromRequest(request: Request, coversBody: boolean): Promise<PreparedInit> {
  const { method, headers, body, signal, redirect, cache, credentials, integrity, keepalive, referrerPolicy } = request
  const init = { method, headers, signal, redirect, cache, credentials, integrity, keepalive, referrerPolicy }
  if (!coversBody) return { init: body ? ({ ...init, body, duplex: 'half' } as RequestInit) : init, covered: undefined }
  // Not every browser's Request tells its body.
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > 0 ? { init: { ...init, body: bytes }, covered: bytes } : { init, covered: undefined }
}
