import { constants, randomUUID, sign } from 'node:crypto'
import type { Signer } from '../authorize/requests.ts'

/** The path that is called. */
export const ORDERS = '/trade-api/v2/portfolio/orders'
/** One request in so many is an order, whose signature counts once only. */
const ORDER_EVERY = 5
const BODY = '{"ticker":"RAIN-26","side":"buy","count":10}'

/**
 * Gives each server the same signed requests in the same round: distinct ones, and orders that no round had before.
 * Reading requests are sent again in later rounds, since their signatures are not remembered.
 */
export function signedRequests(
  signer: Signer,
  perRound: number,
  rounds: number,
): (server: string) => readonly Buffer[] {
  const orders = Math.floor(perRound / ORDER_EVERY)
  // Within the window, whenever they are sent; what was signed before the server started counts as used.
  let timestampMs = Date.now() + 60_000
  const make = (method: 'GET' | 'POST', times: number) =>
    Array.from({ length: times }, () => toBytes(method, accessHeaders(signer, method, timestampMs++)))
  const reading = make('GET', perRound - orders)
  const sets = Array.from({ length: rounds }, () => mix(make('POST', orders), reading))
  const sent = new Map<string, number>()
  return (server) => {
    const round = sent.get(server) ?? 0
    sent.set(server, round + 1)
    return sets[round] ?? []
  }
}

/** As many distinct requests with a JWT each, as a client would make them that signs each request. */
export function tokenRequests(signer: Signer, count: number): readonly Buffer[] {
  const orders = Math.floor(count / ORDER_EVERY)
  const make = (method: 'GET' | 'POST', times: number) =>
    Array.from({ length: times }, () => toBytes(method, [`Authorization: Bearer ${token(signer, method)}`]))
  return mix(make('POST', orders), make('GET', count - orders))
}

function mix(ordering: readonly Buffer[], reading: readonly Buffer[]): Buffer[] {
  const between = ORDER_EVERY - 1
  return ordering.flatMap((order, i) => [order, ...reading.slice(i * between, (i + 1) * between)])
}

function accessHeaders(signer: Signer, method: string, timestampMs: number): string[] {
  return [
    `KALSHI-ACCESS-KEY: ${signer.keyId}`,
    `KALSHI-ACCESS-TIMESTAMP: ${timestampMs}`,
    `KALSHI-ACCESS-SIGNATURE: ${signPss(signer, `${timestampMs}${method}${ORDERS}`).toString('base64')}`,
  ]
}

function token(signer: Signer, method: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  const header = { alg: 'PS256', kid: signer.keyId }
  const claims = { sub: signer.keyId, jti: randomUUID(), iat: seconds, exp: seconds + 86_400, htm: method, htu: ORDERS }
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${signPss(signer, signed).toString('base64url')}`
}

function signPss({ privateKey }: Signer, text: string): Buffer {
  return sign('sha256', Buffer.from(text), {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  })
}

function toBytes(method: 'GET' | 'POST', authentication: readonly string[]): Buffer {
  const lines = [
    `${method} ${ORDERS}?limit=100 HTTP/1.1`,
    'Host: api.example.com',
    'User-Agent: trading-bot/1.0',
    'Accept: application/json',
    'Accept-Encoding: gzip, deflate',
    ...authentication,
    ...(method === 'POST' ? ['Content-Type: application/json', `Content-Length: ${BODY.length}`] : []),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${method === 'POST' ? BODY : ''}`)
}
