import { constants, createPublicKey, verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { compileRules, createGate, type Gate } from '@countersign/gate'
import { openKeySource } from '@countersign/server'
import { importSPKI, jwtVerify } from 'jose'

const UNLIMITED = { capacity: 1e12, refillPerSecond: 1e9 }

/** A gate over the database with every step on, and no limit that a benchmark could meet. */
export async function openGate(databaseUrl: string): Promise<Gate> {
  return createGate({
    keys: await openKeySource(databaseUrl, { verifyRsa: 'openssl' }),
    windowMs: 24 * 3_600_000,
    bucketsOf: () => ({ read: UNLIMITED, write: UNLIMITED }),
    rules: compileRules(
      [
        { match: 'GET /portfolio/balance', scope: 'read::portfolio_balance' },
        { match: 'GET /portfolio/orders', scope: 'read' },
        { match: 'POST /portfolio/orders', scope: 'write::trade' },
        { match: '* /**', scope: 'write' },
      ],
      '/trade-api/v2',
    ),
  })
}

/** What anybody would write first: the three headers read and verified where the request arrives. */
export function signatureCheck(publicKeyPem: string): (request: IncomingMessage) => boolean {
  const key = createPublicKey(publicKeyPem)
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
  return ({ method, url = '', headers }) => {
    const [path] = url.split('?', 1)
    const signed = `${headers['kalshi-access-timestamp']}${method}${path}`
    const signature = Buffer.from(String(headers['kalshi-access-signature']), 'base64')
    return headers['kalshi-access-key'] !== undefined && verify('sha256', Buffer.from(signed), options, signature)
  }
}

/** The bearer token of a request, verified by jose as its documentation says. */
export async function tokenCheck(publicKeyPem: string): Promise<(request: IncomingMessage) => Promise<boolean>> {
  const key = await importSPKI(publicKeyPem, 'PS256')
  return async ({ headers }) => {
    const token = String(headers.authorization).slice('Bearer '.length)
    const { payload } = await jwtVerify(token, key, { algorithms: ['PS256'] })
    return payload.sub !== undefined
  }
}
