import { readBody } from './read-body.ts'

/** The options of a request, ready to be sent more than once if their body allows it. */
export interface PreparedInit {
  readonly init: RequestInit
  /** The body's bytes, if the signature covers them. */
  readonly covered: Uint8Array<ArrayBuffer> | undefined
}

/**
 * The options of a `fetch` call, so that each attempt can have its own headers. The body is read if the signature
 * covers it, also the body of a `Request`: it is not visible whether that came from a stream.
 *
 * @throws TypeError if a body to be covered is a stream
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
  // Not every browser's Request shows its body.
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > 0 ? { init: { ...init, body: bytes }, covered: bytes } : { init, covered: undefined }
}
