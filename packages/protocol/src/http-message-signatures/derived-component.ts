import type { Component } from './component.ts'
import type { RequestMessage } from './message.ts'
import type { MessageProblemCode } from './problem.ts'

/** How a derived component is read from a request; `undefined` if the message does not have it in one form. */
const READERS: Readonly<Record<string, (request: RequestMessage, component: Component) => string | undefined>> = {
  '@method': ({ method }) => method,
  '@authority': authorityOf,
  '@scheme': schemeOf,
  '@path': ({ target }) => (isOriginForm(target) ? pathOf(target) : undefined),
  '@query': ({ target }) => (isOriginForm(target) ? queryOf(target) : undefined),
  '@target-uri': targetUriOf,
  '@request-target': ({ target }) => target,
  '@query-param': queryParameterOf,
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { https: ':443', http: ':80', wss: ':443', ws: ':80' }

/** The value of a component that is derived from a request (RFC 9421 section 2.2), or why there is none. */
export function derivedValue(component: Component, request: RequestMessage): { value: string } | MessageProblemCode {
  const read = Object.hasOwn(READERS, component.name) ? READERS[component.name] : undefined
  if (!read || !parametersFit(component)) return 'component_not_supported'
  const value = read(request, component)
  return value === undefined || !isDerivedValue(value) ? 'component_not_available' : { value }
}

/** `req` may be on any component (the signature base handles it). `name` belongs to a query parameter only. */
function parametersFit({ name, parameters }: Component): boolean {
  if (parameters.size === 0) return name !== '@query-param'
  for (const key of parameters.keys()) if (key !== 'req' && key !== 'name') return false
  return parameters.has('name') === (name === '@query-param')
}

/** Printable, and no white space at its ends. */
function isDerivedValue(value: string): boolean {
  return !/[^\x20-\x7e]/.test(value) && !value.startsWith(' ') && !value.endsWith(' ')
}

/** Host in lower case; the default port of the scheme, and an empty one, are left out (RFC 9110 section 4.2.3). */
function authorityOf({ authority, scheme }: RequestMessage): string | undefined {
  if (!/^[A-Za-z0-9._~!$&'()*+;=%:[\]-]+$/.test(authority)) return undefined
  const host = authority.toLowerCase()
  if (host.endsWith(':')) return host.slice(0, -1) || undefined
  const port = DEFAULT_PORTS[scheme.toLowerCase()]
  return port !== undefined && host.endsWith(port) ? host.slice(0, -port.length) || undefined : host
}

function schemeOf({ scheme }: RequestMessage): string | undefined {
  return /^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme) ? scheme.toLowerCase() : undefined
}

function targetUriOf(request: RequestMessage): string | undefined {
  const authority = authorityOf(request)
  const scheme = schemeOf(request)
  if (!authority || !scheme || !isOriginForm(request.target)) return undefined
  return `${scheme}://${authority}${request.target.startsWith('/') ? '' : '/'}${request.target}`
}

/** Path and query come from `/path?query` only: an absolute URI, `*` or a fragment has another meaning elsewhere. */
function isOriginForm(target: string): boolean {
  return (target === '' || target.startsWith('/') || target.startsWith('?')) && !/[^\x21-\x7e]|#/.test(target)
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return (query === -1 ? target : target.slice(0, query)) || '/'
}

/** With its question mark, which stands alone if there is no query (RFC 9421 section 2.2.7). */
function queryOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? '?' : target.slice(query)
}

/**
 * The one query parameter of an encoded name, encoded again. A name that is there twice has no value (section 2.2.8).
 */
function queryParameterOf(request: RequestMessage, { parameters }: Component): string | undefined {
  const name = parameters.get('name')
  if (name?.kind !== 'string' || !isOriginForm(request.target)) return undefined
  const decoded = percentDecode(name.value)
  const value = decoded === undefined ? undefined : queryParametersOf(request).get(decoded)
  return value === undefined ? undefined : percentEncode(value)
}

/**
 * The parsed query of a request. It is parsed once: a signature may cover 16 parameters of a query that has thousands.
 */
const queryParameters = new WeakMap<RequestMessage, ReadonlyMap<string, string | undefined>>()

/** Values by name; `undefined` if a name is there twice. */
function queryParametersOf(request: RequestMessage): ReadonlyMap<string, string | undefined> {
  const known = queryParameters.get(request)
  if (known) return known
  const values = new Map<string, string | undefined>()
  for (const [name, value] of new URLSearchParams(queryOf(request.target))) {
    values.set(name, values.has(name) ? undefined : value)
  }
  queryParameters.set(request, values)
  return values
}

/**
 * Everything but letters, digits and `*-._` (the application/x-www-form-urlencoded percent-encode set). A space is
 * `%20`.
 */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The text that `percentEncode` writes as this one, or `undefined`: a name has one accepted spelling. */
function percentDecode(encoded: string): string | undefined {
  try {
    const text = decodeURIComponent(encoded)
    return percentEncode(text) === encoded ? text : undefined
  } catch {
    return undefined
  }
}
