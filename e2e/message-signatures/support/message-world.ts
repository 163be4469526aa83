import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiKey } from '../../../packages/server/src/storage/api-key.ts'
import type { Database } from '../../../packages/server/src/storage/database.ts'
import { givenApiKey } from '../../../packages/server/test/records.ts'
import { type Answer, type CallOptions, call } from '../../support/call.ts'
import type { GivenKey } from '../../support/given-key.ts'
import type { KeyHolder } from '../../support/key-holder.ts'
import type { Dialect, TestServer, TestServerOptions } from '../../support/running-server.ts'
import { startWorld, type World } from '../../support/world.ts'
import { type MessageToSign, messageHeaders } from './message-headers.ts'

/** The kinds of key, each with a maker. */
export const KEY_TYPES = {
  ed25519: () => generateKeyPairSync('ed25519').privateKey,
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
} as const

/**
 * Starts a world, and waits until the second in which its server started is over. RFC 9421 signatures tell their time to the second
 * only, and a server refuses what was signed before it began to keep claims.
 */
export async function startMessageWorld(
  dialect: Dialect,
  settings: TestServerOptions['settings'] = {},
): Promise<World> {
  const abuse = { failures: 1_000_000, refillPerSecond: 1_000_000 }
  const world = await startWorld(dialect, { settings: { abuse, doctor: 'off', ...settings } })
  await sleep(1000 - (Date.now() % 1000))
  return world
}

/** Stores a key pair's public key for an account. */
export async function givenPair(
  database: Database,
  accountId: string,
  privateKey: KeyObject,
  parts: Partial<ApiKey> = {},
): Promise<GivenKey> {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const { apiKeyId: keyId } = await givenApiKey(database, accountId, {
    keyType: privateKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ed25519',
    publicKey: new Uint8Array(spki),
    fingerprint: createHash('sha256').update(spki).digest('base64url'),
    ...parts,
  })
  return { keyId, privateKey, accountId }
}

/** The host and port that a client of the server addresses. */
export function authorityOf({ url }: Pick<TestServer, 'url'>): string {
  return new URL(url).host
}

/** Sends a request that is signed by RFC 9421, its body as JSON. */
export function callSigned(
  server: TestServer,
  as: KeyHolder,
  method: string,
  target: string,
  { json, ...message }: Partial<MessageToSign> & { readonly json?: unknown } = {},
): Promise<Answer> {
  const body = json === undefined ? undefined : JSON.stringify(json)
  const headers = messageHeaders(as, {
    method,
    target,
    authority: authorityOf(server),
    ...(body !== undefined && { body }),
    ...message,
  })
  const options: CallOptions = body === undefined ? { headers } : { headers: { ...headers, ...JSON_TYPE }, body }
  return call(server, method, target, options)
}

const JSON_TYPE = { 'content-type': 'application/json' }
