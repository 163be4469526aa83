/**
 * The value of a header: absent, one line, or one text for each line. A platform that joins lines with a comma may give
 * the joined text.
 */
export type FieldValue = string | readonly string[] | undefined

/** A request as a signature covers it. */
export interface RequestMessage {
  /** As on the request line. */
  readonly method: string
  /** The request target exactly as on the request line, query included. */
  readonly target: string
  /** The public host and port: what the client called, not what a proxy rewrote it to. */
  readonly authority: string
  /** `https` or `http`. */
  readonly scheme: string
  /** A header by its lower-case name. */
  header(name: string): FieldValue
}

/** A response as a signature covers it. */
export interface ResponseMessage {
  readonly status: number
  /** A header by its lower-case name. */
  header(name: string): FieldValue
  /** The request that it answers, if the signature covers parts of it (`req`). */
  readonly request?: RequestMessage
}

/** A message: a signature covers parts of it. */
export type HttpMessage = RequestMessage | ResponseMessage

/** Whether a message is a request. */
export function isRequest(message: HttpMessage): message is RequestMessage {
  return 'method' in message
}

/** The lines of a header; none if it is absent. */
export function linesOf(value: FieldValue): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

/** The parts of a request in its URL, exactly as a client sends them. */
export function urlParts(url: string | URL): Pick<RequestMessage, 'target' | 'authority' | 'scheme'> {
  const { href, host, protocol } = new URL(url)
  const [withoutFragment = ''] = href.split('#', 1)
  const target = withoutFragment.slice(withoutFragment.indexOf('/', protocol.length + 2))
  return { target, authority: host, scheme: protocol.slice(0, -1) }
}
