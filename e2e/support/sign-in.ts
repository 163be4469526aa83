import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { linkOnDatabase } from '@countersign/server'
import { type Answer, call } from './call.ts'
import type { TestServer } from './running-server.ts'

const BASE = '/trade-api/v2'

/** Makes a sign-in link on the database and takes its code: for an account, or for operators, whose account is made then. */
export async function linkCode(
  { databaseUrl }: Pick<TestServer, 'databaseUrl'>,
  accountName?: string,
): Promise<string> {
  const settings = { databaseUrl, defaultTier: 'prestige', host: '127.0.0.1', port: 1 }
  const options = accountName === undefined ? { isOperator: true } : { accountName }
  const { url } = await linkOnDatabase(settings, options)
  return new URL(url).hash.slice(1)
}

/** SHA-256, base64url. */
export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** What a browser made of itself. */
export interface BrowserKey {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/**
 * Trades a link's code for a session, written from docs/wire.md section 7 alone.
 *
 * @param changes instead of the fields of the body
 */
export async function tradeCode(
  server: Pick<TestServer, 'port'>,
  code: string,
  changes: Readonly<Record<string, unknown>> = {},
  pair: BrowserKey = generateKeyPairSync('ed25519'),
): Promise<{ readonly answer: Answer; readonly pair: BrowserKey }> {
  const { deployment_id: deploymentId } = JSON.parse((await call(server, 'GET', `${BASE}/deployment`)).text)
  const statement = [
    'countersign/session/v1',
    deploymentId,
    `code_sha256: ${sha256(code)}`,
    `new_fingerprint: ${sha256(pair.publicKey.export({ type: 'spki', format: 'der' }))}`,
  ].join('\n')
  const json = {
    code,
    public_key: pair.publicKey.export({ type: 'spki', format: 'pem' }),
    name: 'Chromium on Linux',
    proof: sign(null, Buffer.from(statement), pair.privateKey).toString('base64'),
    ...changes,
  }
  return { answer: await call(server, 'POST', `${BASE}/sessions`, { json }), pair }
}
