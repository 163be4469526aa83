import type { Kysely, Selectable, Transaction } from 'kysely'
import { appendKeyChange } from './key-changes.ts'
import type { ApiKeyState, ApiKeysTable, KeyType, Schema } from './schema.ts'

/** A key as it was issued. */
export interface ApiKey {
  /** UUID v4. */
  readonly apiKeyId: string
  readonly accountId: string
  readonly name: string
  readonly keyType: KeyType
  /** SPKI, DER. */
  readonly publicKey: Uint8Array
  /** SHA-256 of `publicKey`, base64url. */
  readonly fingerprint: string
  readonly scopes: readonly string[]
  /** 0 to 63; absent = not bound. */
  readonly subaccount?: number
  readonly state: ApiKeyState
  /** Only where `state` is `revoked`. */
  readonly revokedReason?: string
  /** Unix milliseconds from which it no longer works; absent = never expires. */
  readonly expiresAt?: number
  /** CIDR ranges; absent = any address. */
  readonly ipAllowlist?: readonly string[]
  /** Name of the weakest profile it accepts; absent = any. */
  readonly minimumProfile?: string
  /** The key that made it, which may be deleted by now; absent = made by an operator. */
  readonly parentKeyId?: string
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** A key as it is stored, with what its account adds: everything a gate needs to decide. */
export interface StoredApiKey extends ApiKey {
  /** The provider's own id of the account. */
  readonly externalId?: string
  /** Name of the account's usage tier. */
  readonly tier: string
  readonly accountSuspended: boolean
}

/** Adds a key, unless its account has that public key already. The account must exist. */
export async function insertApiKey(
  trx: Transaction<Schema>,
  key: ApiKey,
): Promise<'inserted' | 'duplicate_public_key'> {
  const inserted = await trx
    .insertInto('api_keys')
    .values(toRow(key))
    .onConflict((conflict) => conflict.columns(['account_id', 'fingerprint']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!inserted) return 'duplicate_public_key'
  await appendKeyChange(trx, { accountId: key.accountId, apiKeyId: key.apiKeyId, changedAt: key.createdAt })
  return 'inserted'
}

/** Finds a key by its id, whatever its state. */
export async function findApiKey(db: Kysely<Schema>, apiKeyId: string): Promise<StoredApiKey | undefined> {
  const row = await selectStoredKeys(db).where('api_keys.id', '=', apiKeyId).executeTakeFirst()
  return row && toStoredApiKey(row)
}

/** Lists an account's keys, whatever their state, in the order of their creation. */
export async function listApiKeys(db: Kysely<Schema>, accountId: string): Promise<StoredApiKey[]> {
  const rows = await selectStoredKeys(db)
    .where('api_keys.account_id', '=', accountId)
    .orderBy('api_keys.created_at')
    .orderBy('api_keys.id')
    .execute()
  return rows.map(toStoredApiKey)
}

/**
 * Counts the account's keys that work or could work again: neither revoked nor expired. To hold a limit with it, call
 * `lockAccount` before, in the same transaction.
 *
 * @param now Unix milliseconds.
 */
export async function countLiveApiKeys(trx: Transaction<Schema>, accountId: string, now: number): Promise<number> {
  const { count } = await trx
    .selectFrom('api_keys')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('state', '<>', 'revoked')
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
    .executeTakeFirstOrThrow()
  return count
}

/**
 * Deletes a key of this account for good.
 *
 * @param now Unix milliseconds.
 * @returns false when the account has no such key. Of several calls for one key, exactly one returns true.
 */
export async function deleteApiKey(
  trx: Transaction<Schema>,
  accountId: string,
  apiKeyId: string,
  now: number,
): Promise<boolean> {
  const deleted = await trx
    .deleteFrom('api_keys')
    .where('id', '=', apiKeyId)
    .where('account_id', '=', accountId)
    .returning('id')
    .executeTakeFirst()
  if (!deleted) return false
  await appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
  return true
}

/** What a key's state becomes; only a revocation has a reason. */
export type ApiKeyStateChange =
  | { readonly state: 'active' | 'disabled' }
  | { readonly state: 'revoked'; readonly reason: string }

/**
 * Disables, enables or revokes a key of this account. A revoked key stays revoked, with its first reason.
 *
 * @param now Unix milliseconds.
 * @returns false when nothing changed: no such key, already in that state, or revoked.
 */
export async function setApiKeyState(
  trx: Transaction<Schema>,
  accountId: string,
  apiKeyId: string,
  change: ApiKeyStateChange,
  now: number,
): Promise<boolean> {
  const updated = await trx
    .updateTable('api_keys')
    .set({ state: change.state, revoked_reason: 'reason' in change ? change.reason : null })
    .where('id', '=', apiKeyId)
    .where('account_id', '=', accountId)
    .where('state', 'not in', [change.state, 'revoked'])
    .returning('id')
    .executeTakeFirst()
  if (!updated) return false
  await appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
  return true
}

function selectStoredKeys(db: Kysely<Schema>) {
  return db
    .selectFrom('api_keys')
    .innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
    .selectAll('api_keys')
    .select(['accounts.external_id', 'accounts.tier', 'accounts.suspended_at'])
}

function toRow(key: ApiKey): ApiKeysTable {
  return {
    id: key.apiKeyId,
    account_id: key.accountId,
    name: key.name,
    key_type: key.keyType,
    public_key: key.publicKey,
    fingerprint: key.fingerprint,
    scopes: JSON.stringify(key.scopes),
    subaccount: key.subaccount ?? null,
    state: key.state,
    revoked_reason: key.revokedReason ?? null,
    expires_at: key.expiresAt ?? null,
    ip_allowlist: key.ipAllowlist ? JSON.stringify(key.ipAllowlist) : null,
    minimum_profile: key.minimumProfile ?? null,
    parent_key_id: key.parentKeyId ?? null,
    created_at: key.createdAt,
  }
}

interface StoredKeyRow extends Selectable<ApiKeysTable> {
  external_id: string | null
  tier: string
  suspended_at: number | null
}

function toStoredApiKey(row: StoredKeyRow): StoredApiKey {
  return {
    apiKeyId: row.id,
    accountId: row.account_id,
    ...(row.external_id !== null && { externalId: row.external_id }),
    name: row.name,
    keyType: row.key_type,
    publicKey: Uint8Array.from(row.public_key),
    fingerprint: row.fingerprint,
    scopes: readStrings(row, 'scopes', row.scopes),
    ...(row.subaccount !== null && { subaccount: row.subaccount }),
    state: row.state,
    ...(row.revoked_reason !== null && { revokedReason: row.revoked_reason }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.ip_allowlist !== null && { ipAllowlist: readStrings(row, 'ip_allowlist', row.ip_allowlist) }),
    ...(row.minimum_profile !== null && { minimumProfile: row.minimum_profile }),
    ...(row.parent_key_id !== null && { parentKeyId: row.parent_key_id }),
    createdAt: row.created_at,
    tier: row.tier,
    accountSuspended: row.suspended_at !== null,
  }
}

function readStrings(row: StoredKeyRow, column: string, json: string): string[] {
  const value = parseJson(json)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new Error(`api_keys.${column} of key ${row.id} is no JSON array of text`)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
