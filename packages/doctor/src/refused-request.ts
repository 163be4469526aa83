import { type AccessHeaderNames, accessHeaderNames, type FieldValue } from '@countersign/protocol'

/** A request that was refused, or may be, as it was on the wire. */
export interface RefusedRequest {
  readonly method: string
  /** The request target exactly as sent, query included. */
  readonly target: string
  /** Every header with its value, in order, names in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The body, if it is known. */
  readonly body?: Uint8Array
  /** Host and port of the URL, if it was given. */
  readonly authority?: string
  readonly scheme?: 'http' | 'https'
}

/** All values of a header by its lower-case name: `undefined` if absent, a list if it was given more than once. */
export function headerOf({ headers }: RefusedRequest, name: string): FieldValue {
  const values = headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)
  return values.length > 1 ? values : values[0]
}

/** The names of the access headers: with the given prefix, or with the one that the request uses. */
export function namesIn(request: RefusedRequest, prefix: string | undefined): AccessHeaderNames {
  if (prefix !== undefined) return accessHeaderNames(prefix)
  for (const [name] of request.headers) {
    const found = /^([a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)-access-(?:key|timestamp|signature)$/i.exec(name)?.[1]
    if (found) return accessHeaderNames(found)
  }
  return accessHeaderNames()
}

/** Hosts that the request may have been sent to, the likeliest first: the public one, that of its URL, its Host header. */
export function authoritiesOf(request: RefusedRequest, publicAuthority: string | undefined): string[] {
  const host = headerOf(request, 'host')
  const known = [publicAuthority, request.authority, typeof host === 'string' ? host : undefined]
  return [...new Set(known.filter((it) => it !== undefined && it !== ''))] as string[]
}

/** Whether a request carries any part of a signature, right or wrong. */
export function isSigned({ headers }: RefusedRequest): boolean {
  return headers.some(([name]) => /^(?:.*-access-(?:key|timestamp|signature)|signature(?:-input)?)$/i.test(name))
}
