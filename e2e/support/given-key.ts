import { createHash, generateKeyPairSync } from 'node:crypto'
import type { ApiKey } from '../../packages/server/src/storage/api-key.ts'
import type { Database } from '../../packages/server/src/storage/database.ts'
import { givenAccount, givenApiKey } from '../../packages/server/test/records.ts'
import type { KeyHolder } from './key-holder.ts'

/** A key that was put into the database without the server. */
export interface GivenKey extends KeyHolder {
  readonly accountId: string
}

/** Makes an account whose token buckets no test empties. */
export async function givenCustomer(database: Database, name: string): Promise<string> {
  const { accountId } = await givenAccount(database, { name, tier: 'prestige' })
  return accountId
}

/** Makes an Ed25519 key pair and stores its public key for an account. */
export async function givenKey(database: Database, accountId: string, parts: Partial<ApiKey> = {}): Promise<GivenKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const { apiKeyId: keyId } = await givenApiKey(database, accountId, {
    publicKey: new Uint8Array(spki),
    fingerprint: createHash('sha256').update(spki).digest('base64url'),
    ...parts,
  })
  return { keyId, privateKey, accountId }
}

/** A public key that no one has registered yet, as PEM. */
export function newPublicKey(): string {
  return generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

/** Makes an account of operators and a key of it that holds all scopes. */
export async function givenOperator(database: Database, parts: Partial<ApiKey> = {}): Promise<GivenKey> {
  const { accountId } = await givenAccount(database, { name: 'Operators', tier: 'prestige', isOperator: true })
  return givenKey(database, accountId, { name: 'ops-1', scopes: ['admin', 'read', 'write'], ...parts })
}
