import type { IncomingMessage } from 'node:http'
import type { GateRequest } from '@countersign/gate'

/** A node:http request as the gate reads it: raw target, and headers as they came, second copies included. */
export function toGateRequest(raw: IncomingMessage): GateRequest {
  return {
    method: raw.method ?? '',
    target: raw.url ?? '',
    ip: raw.socket.remoteAddress ?? '',
    header: (name) => rawHeader(raw.rawHeaders, name),
  }
}

/** A header as it came: a list where it was given more than once. node:http's own `headers` joins or drops second copies. */
export function rawHeader(rawHeaders: readonly string[], name: string): string | string[] | undefined {
  let found: string | string[] | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i]
    if (candidate?.length !== name.length || candidate.toLowerCase() !== name) continue
    const value = rawHeaders[i + 1] ?? ''
    found = found === undefined ? value : [found, value].flat()
  }
  return found
}
