import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { type Account, insertAccount } from '../src/storage/accounts.ts'
import type { ApiKey } from '../src/storage/api-key.ts'
import { insertApiKey } from '../src/storage/change-api-keys.ts'
import type { Database } from '../src/storage/database.ts'
import { inTransaction } from '../src/storage/transaction.ts'

/** An account as any test may want it. */
export function makeAccount(parts: Partial<Account> = {}): Account {
  return { accountId: randomUUID(), name: 'Ada', tier: 'basic', createdAt: 1_700_000_000_000, ...parts }
}

/** A key of random bytes: storage does not care what they mean. */
export function makeApiKey(accountId: string, parts: Partial<ApiKey> = {}): ApiKey {
  const publicKey = new Uint8Array(randomBytes(44))
  return {
    apiKeyId: randomUUID(),
    accountId,
    name: 'bot',
    keyType: 'ed25519',
    publicKey,
    fingerprint: createHash('sha256').update(publicKey).digest('base64url'),
    scopes: ['read', 'write'],
    state: 'active',
    createdAt: 1_700_000_000_000,
    ...parts,
  }
}

/** Stores such an account. */
export async function givenAccount(database: Database, parts: Partial<Account> = {}): Promise<Account> {
  const account = makeAccount(parts)
  await inTransaction(database, (trx) => insertAccount(trx, account))
  return account
}

/** Stores such a key. */
export async function givenApiKey(database: Database, accountId: string, parts: Partial<ApiKey> = {}): Promise<ApiKey> {
  const key = makeApiKey(accountId, parts)
  await inTransaction(database, (trx) => insertApiKey(trx, key))
  return key
}
