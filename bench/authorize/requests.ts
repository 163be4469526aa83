import { constants, type KeyObject, sign } from 'node:crypto'

/** Whose requests they are. */
export interface Signer {
  readonly keyId: string
  readonly privateKey: KeyObject
}

/** The address that the proxy says the caller has. */
export const CALLER = '203.0.113.7'

/** The path that is asked about; under the default base path. */
export const ORDERS = '/trade-api/v2/portfolio/orders'

/** Signs a request and writes down the question that nginx asks about it, byte for byte. */
export function forwarded(signer: Signer, method: 'GET' | 'POST', timestampMs: number): Buffer {
  const text = Buffer.from(`${timestampMs}${method}${ORDERS}`)
  const { RSA_PKCS1_PSS_PADDING: padding } = constants
  const signature = sign('sha256', text, { key: signer.privateKey, padding, saltLength: 32 }).toString('base64')
  const lines = [
    'GET /authorize HTTP/1.1',
    'Host: countersign',
    `X-Original-Method: ${method}`,
    `X-Original-URI: ${ORDERS}?limit=100`,
    'X-Original-Host: api.example.com',
    `X-Forwarded-For: ${CALLER}`,
    'User-Agent: trading-bot/1.0',
    'Accept: application/json',
    'Accept-Encoding: gzip, deflate',
    `KALSHI-ACCESS-KEY: ${signer.keyId}`,
    `KALSHI-ACCESS-TIMESTAMP: ${timestampMs}`,
    `KALSHI-ACCESS-SIGNATURE: ${signature}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}
