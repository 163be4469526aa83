import type { IncomingMessage } from 'node:http'
import { type Denied, denied, type GateRequest } from '@countersign/gate'
import type { Settings } from '../config.ts'
import { rawHeader } from '../node-request.ts'
import { clientAddress, type TrustedProxies } from './client-address.ts'

type ProxyKind = Settings['authorize']['source']

/** In which headers a kind of proxy tells of the request that it asks about; lower case. */
interface ForwardedHeaders {
  readonly method: string
  readonly target: string
  readonly host: string
  readonly contentLength: string
  readonly transferEncoding: string
  readonly upgrade: string
}

const ORIGINAL: ForwardedHeaders = headersWith('x-original', 'uri')
const FORWARDED: ForwardedHeaders = headersWith('x-forwarded', 'uri')

/** Envoy asks with the request's own method, and with its target behind a prefix. */
const ASKS_IN: Readonly<Record<ProxyKind, ForwardedHeaders | 'request-line'>> = {
  nginx: ORIGINAL,
  caddy: FORWARDED,
  traefik: FORWARDED,
  envoy: 'request-line',
}

/** The path at which the data plane is asked. */
export const AUTHORIZE_PATH = '/authorize'

/**
 * The request that a proxy asks about, or why it cannot be told: the peer is not trusted, what this kind of proxy always
 * sends is missing or doubled, or a header is there that only another kind sends and a client could have made up.
 */
export function readForwardedRequest(
  raw: IncomingMessage,
  kind: ProxyKind,
  proxies: TrustedProxies,
): GateRequest | Denied {
  const header = (name: string) => rawHeader(raw.rawHeaders, name)
  const peer = raw.socket.remoteAddress ?? ''
  if (!proxies.includes(peer)) return denied('ip_not_allowed', 'the peer is not a trusted proxy')
  const names = ASKS_IN[kind]
  for (const other of [ORIGINAL, FORWARDED]) {
    if (other === names) continue
    const foreign = [other.method, other.target].find((name) => header(name) !== undefined)
    if (foreign) return denied('request_malformed', `${foreign} is not a header of the configured proxy`)
  }
  const ip = clientAddress(peer, header('x-forwarded-for'), proxies)
  if (ip === undefined) return denied('request_malformed', 'x-forwarded-for holds what is no address')
  return names === 'request-line' ? fromRequestLine(raw, ip, header) : fromHeaders(names, ip, header)
}

function fromHeaders(names: ForwardedHeaders, ip: string, header: GateRequest['header']): GateRequest | Denied {
  const method = header(names.method)
  const target = header(names.target)
  if (typeof method !== 'string' || typeof target !== 'string') {
    return denied('request_malformed', `the proxy must send ${names.method} and ${names.target}, each once`)
  }
  // What frames the question itself says nothing about the request asked about.
  const renamed: Readonly<Record<string, string | undefined>> = {
    host: names.host,
    upgrade: names.upgrade,
    'content-length': names.contentLength,
    'transfer-encoding': names.transferEncoding,
  }
  return {
    method,
    target,
    ip,
    header: (name) => {
      const value = header(renamed[name] ?? name)
      return value === '' ? undefined : value
    },
  }
}

function fromRequestLine(raw: IncomingMessage, ip: string, header: GateRequest['header']): GateRequest {
  const target = (raw.url ?? '').slice(AUTHORIZE_PATH.length)
  return { method: raw.method ?? '', target, ip, header }
}

function headersWith(prefix: string, target: string): ForwardedHeaders {
  return {
    method: `${prefix}-method`,
    target: `${prefix}-${target}`,
    host: `${prefix}-host`,
    contentLength: `${prefix}-content-length`,
    transferEncoding: `${prefix}-transfer-encoding`,
    upgrade: `${prefix}-upgrade`,
  }
}
