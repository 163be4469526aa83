import type { IncomingMessage } from 'node:http'
import type { GateRequest } from './request.ts'

/**
 * A request of node:http, or of node:http2 by its compatibility API, for the gate: the raw target, and the headers as
 * they came, with second copies.
 */
export function toGateRequest(raw: IncomingMessage): GateRequest {
  return {
    method: raw.method ?? '',
    target: raw.url ?? '',
    ip: raw.socket.remoteAddress ?? '',
    header: (name) => {
      return name === 'host' && raw.httpVersionMajor > 1 ? authorityOf(raw.rawHeaders) : rawHeader(raw.rawHeaders, name)
    },
  }
}

/** HTTP/2 has a pseudo-header instead of Host. A Host header with another value is a second copy. */
function authorityOf(rawHeaders: readonly string[]): string | string[] | undefined {
  const given = [rawHeader(rawHeaders, ':authority') ?? [], rawHeader(rawHeaders, 'host') ?? []].flat()
  const [one, ...others] = new Set(given)
  return others.length === 0 ? one : given
}

/**
 * A header as it came: a list if it was given more than once. node:http's own `headers` joins or drops second copies.
 */
export function rawHeader(rawHeaders: readonly string[], name: string): string | string[] | undefined {
  let found: string | string[] | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i]
    if (candidate?.length !== name.length || !isSpelledAs(candidate, name)) continue
    const value = rawHeaders[i + 1] ?? ''
    found = found === undefined ? value : [found, value].flat()
  }
  return found
}

/** Whether a header name equals this lower-case name, without the copy that lower-casing makes. Names are ASCII. */
function isSpelledAs(candidate: string, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = candidate.charCodeAt(i)
    if ((code >= 0x41 && code <= 0x5a ? code | 0x20 : code) !== name.charCodeAt(i)) return false
  }
  return true
}
