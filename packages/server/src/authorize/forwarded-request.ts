import type { IncomingMessage } from 'node:http'
import { type Denied, denied, type GateRequest } from '@countersign/gate'
import { rawHeader } from '@countersign/gate/node'
import type { Settings } from '../config/settings.ts'
import { clientAddress, type TrustedProxies } from '../http/client-address.ts'

type ProxyKind = Settings['authorize']['source']
type ReadHeader = GateRequest['header']

/** The headers in which a kind of proxy describes the client's request; lower case. */
interface ForwardedHeaders {
  readonly method: string
  readonly target: string
  readonly host: string
  readonly upgrade: string
  /** Absent if the proxy cannot tell: these headers would be a client's own. */
  readonly framing?: { readonly contentLength: string; readonly transferEncoding: string }
}

const ORIGINAL: ForwardedHeaders = headersWith('x-original')
const FORWARDED: ForwardedHeaders = headersWith('x-forwarded')

/** Envoy asks with the request's own method, and with its target behind a prefix. */
const ASKS_IN: Readonly<Record<ProxyKind, ForwardedHeaders | 'request-line'>> = {
  nginx: ORIGINAL,
  caddy: FORWARDED,
  traefik: withoutFraming(FORWARDED),
  envoy: 'request-line',
}

/** Requests that have no body unless their framing says so. A body with any other method may come unannounced. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE'])

/** The path of questions to the data plane. */
export const AUTHORIZE_PATH = '/authorize'

/** Whether a request is a question. Caddy appends the client's query to this path. */
export function isQuestion(url: string, kind: ProxyKind): boolean {
  if (kind === 'envoy') return url.startsWith(`${AUTHORIZE_PATH}/`)
  return url === AUTHORIZE_PATH || url.startsWith(`${AUTHORIZE_PATH}?`)
}

/**
 * The client's request, or why it is unknown: the peer is not trusted, a header that this kind of proxy always sends is
 * missing or doubled, or there is a header that only another kind sends and a client could have made up.
 */
export function readForwardedRequest(
  raw: IncomingMessage,
  kind: ProxyKind,
  proxies: TrustedProxies,
): GateRequest | Denied {
  const header = (name: string) => rawHeader(raw.rawHeaders, name)
  const peer = raw.socket.remoteAddress ?? ''
  if (!proxies.includes(peer)) return denied('peer_not_trusted')
  const names = ASKS_IN[kind]
  for (const other of [ORIGINAL, FORWARDED]) {
    if (names !== 'request-line' && other.method === names.method) continue
    const foreign = [other.method, other.target].find((name) => header(name) !== undefined)
    if (foreign) return denied('request_malformed', `${foreign} is not a header of the configured proxy`)
  }
  const ip = clientAddress(peer, header('x-forwarded-for'), proxies)
  if (ip === undefined) return denied('request_malformed', 'x-forwarded-for holds what is no address')
  return names === 'request-line' ? fromRequestLine(raw, ip, header) : fromHeaders(names, ip, header)
}

function fromHeaders(names: ForwardedHeaders, ip: string, header: ReadHeader): GateRequest | Denied {
  const method = header(names.method)
  const target = header(names.target)
  if (typeof method !== 'string' || typeof target !== 'string') {
    return denied('request_malformed', `the proxy must send ${names.method} and ${names.target}, each once`)
  }
  const told = (name: string | undefined) => {
    const value = name === undefined ? undefined : header(name)
    return value === '' ? undefined : value
  }
  // The framing of the question says nothing about the client's request.
  const { host, upgrade, framing } = names
  return {
    method,
    target,
    ip,
    header(name) {
      if (name === 'host') return told(host)
      if (name === 'upgrade') return told(upgrade)
      if (name === 'content-length') return told(framing?.contentLength)
      if (name !== 'transfer-encoding') return told(name)
      return told(framing?.transferEncoding) ?? assumedTransferEncoding(method, told(framing?.contentLength))
    },
  }
}

/** Envoy asks without the body and says so: the length is the question's own. */
function fromRequestLine(raw: IncomingMessage, ip: string, header: ReadHeader): GateRequest {
  const method = raw.method ?? ''
  const target = (raw.url ?? '').slice(AUTHORIZE_PATH.length)
  return {
    method,
    target,
    ip,
    header(name) {
      if (name === 'content-length') return undefined
      return name === 'transfer-encoding' ? assumedTransferEncoding(method, undefined) : header(name)
    },
  }
}

/**
 * If the body is unknown (the proxy does not know its length, or cannot say), a chunked body is assumed. A signature
 * must then cover its digest, and a request that was signed without a body does not pass with one.
 */
function assumedTransferEncoding(
  method: string,
  contentLength: string | readonly string[] | undefined,
): string | undefined {
  return contentLength === undefined && !BODILESS.has(method) ? 'chunked' : undefined
}

function headersWith(prefix: string): ForwardedHeaders {
  return {
    method: `${prefix}-method`,
    target: `${prefix}-uri`,
    host: `${prefix}-host`,
    upgrade: `${prefix}-upgrade`,
    framing: { contentLength: `${prefix}-content-length`, transferEncoding: `${prefix}-transfer-encoding` },
  }
}

function withoutFraming({ framing: _, ...names }: ForwardedHeaders): ForwardedHeaders {
  return names
}
