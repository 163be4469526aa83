/** A body that can be signed: its bytes are the same each time it is sent. */
export type SignableBody = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob | URLSearchParams

/** A body read to its end. */
export interface ReadBody {
  /** The bytes exactly as sent. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The content type that `fetch` sets for such a body if its caller sets none. */
  readonly contentType: string | undefined
}

/**
 * Reads a body, so that its digest is signed and exactly these bytes are sent.
 *
 * @throws TypeError if it is a stream, which can be read only once
 */
export async function readBody(body: BodyInit): Promise<ReadBody> {
  if (isStream(body)) {
    throw new TypeError(
      'a stream cannot be signed before it is sent, since its digest is: read it first, ' +
        "await new Response(stream).arrayBuffer(), or sign with profile: 'access-headers', which leaves the body out",
    )
  }
  const read = new Response(body)
  return {
    bytes: new Uint8Array(await read.arrayBuffer()),
    contentType: read.headers.get('content-type') ?? undefined,
  }
}

/**
 * Whether a body can be read only once. Node treats any async iterable as a stream; not every browser's
 * `ReadableStream` is async iterable.
 */
export function isStream(body: BodyInit): boolean {
  return body instanceof ReadableStream || (typeof body === 'object' && Symbol.asyncIterator in body)
}
