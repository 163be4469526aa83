/** A body that can be signed: its bytes are the same each time it is sent. */
export type SignableBody = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob | URLSearchParams

/** A body read to its end. */
export interface ReadBody {
  /** Exactly what is sent. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The content type that `fetch` gives such a body where its caller gives none. */
  readonly contentType: string | undefined
}

/**
 * Reads a body, so that its digest can be signed and the very same bytes sent.
 *
 * @throws TypeError where it is a stream, which can be read only once
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

/** Whether a body can be read only once. Node takes any async iterable for a stream; not every browser's `ReadableStream` is one. */
export function isStream(body: BodyInit): boolean {
  return body instanceof ReadableStream || (typeof body === 'object' && Symbol.asyncIterator in body)
}
