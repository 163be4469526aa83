import type { CompiledQuery, Insertable, Kysely, Selectable, Transaction } from 'kysely'
import { appendKeyChange } from './key-changes.ts'
import { type Metadata, readMetadata } from './metadata.ts'
import type { ApiKeyState, ApiKeysTable, KeyType, Schema } from './schema.ts'

/** A key as it was issued. */
export interface ApiKey {
  /** UUID v4. */
  readonly apiKeyId: string
  readonly accountId: string
  /** A signed-in browser's; absent = an API key. */
  readonly kind?: 'session'
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
  /** Only if `state` is `revoked`. */
  readonly revokedReason?: string
  /** Unix milliseconds from which it no longer works; absent = never expires. */
  readonly expiresAt?: number
  /** CIDR ranges; absent = any address. */
  readonly ipAllowlist?: readonly string[]
  /** Name of the weakest profile it accepts; absent = any. */
  readonly minimumProfile?: string
  /** The key of its account that made it, which may be deleted; absent = made by an operator. */
  readonly parentKeyId?: string
  /** A token bucket beside its account's; absent = none. */
  readonly bucket?: KeyBucket
  /** The key that owns the bucket, if it is shared; absent = its own. */
  readonly bucketOwnerId?: string
  /** The provider's notes; absent = none. */
  readonly metadata?: Metadata
  /** The operator's key that made it. */
  readonly operatorKeyId?: string
  /** Who disabled it, and when (Unix milliseconds); only if `state` is `disabled`. */
  readonly disabledBy?: 'holder' | 'operator'
  readonly disabledAt?: number
  /** Unix milliseconds; only where `state` is `revoked`. */
  readonly revokedAt?: number
  /** What an operator added to the reason. */
  readonly revokedNote?: string
  /** Unix milliseconds; absent = never used. */
  readonly lastUsedAt?: number
  readonly lastUsedIp?: string
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** A token bucket of a key. */
export interface KeyBucket {
  /** Tokens when full. */
  readonly capacity: number
  /** Tokens a second. */
  readonly refillPerSecond: number
}

/** A key as it is stored, with what its account adds: everything a gate needs to decide. */
export interface StoredApiKey extends ApiKey {
  /** The provider's own id of the account. */
  readonly externalId?: string
  /** Name of the account's usage tier. */
  readonly tier: string
  readonly accountName: string
  readonly accountSuspended: boolean
  /** Its keys may hold the scope `admin`. */
  readonly ofOperator: boolean
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

/** Whether any key exists, a signed-in browser's included. */
export async function hasApiKeys(db: Kysely<Schema>): Promise<boolean> {
  return (await db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Finds a key by its id, whatever its state. */
export async function findApiKey(db: Kysely<Schema>, apiKeyId: string): Promise<StoredApiKey | undefined> {
  const known = queriesById.get(db) ?? selectStoredKeys(db).where('api_keys.id', '=', apiKeyId).compile()
  queriesById.set(db, known)
  const { rows } = await db.executeQuery<StoredKeyRow>({ ...known, parameters: [apiKeyId] })
  return rows[0] && toStoredApiKey(rows[0])
}

/**
 * Made once for each database: a flood of unknown ids needs only this query, and building it costs more than running
 * it.
 */
const queriesById = new WeakMap<Kysely<Schema>, CompiledQuery>()

/** Finds a key that is listed, by its id, whatever its state. */
export async function findListedApiKey(db: Kysely<Schema>, apiKeyId: string): Promise<StoredApiKey | undefined> {
  const row = await listedKeys(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
    .where('api_keys.id', '=', apiKeyId)
    .executeTakeFirst()
  return row && toStoredApiKey(row)
}

/** Finds the keys of all accounts that have this public key, whatever their state. */
export async function findApiKeysByFingerprint(db: Kysely<Schema>, fingerprint: string): Promise<StoredApiKey[]> {
  const rows = await selectStoredKeys(db)
    .where('api_keys.fingerprint', '=', fingerprint)
    .orderBy('api_keys.id')
    .execute()
  return rows.map(toStoredApiKey)
}

/** Lists an account's keys, whatever their state, in the order of their creation. */
export async function listApiKeys(db: Kysely<Schema>, accountId: string): Promise<StoredApiKey[]> {
  const rows = await listedKeys(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
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
  const { count } = await listedKeys(trx)
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('api_keys.account_id', '=', accountId)
    .where('state', '<>', 'revoked')
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
    .executeTakeFirstOrThrow()
  return count
}

/** Counts the keys of this account, those that are revoked or expired too. */
export async function countApiKeys(trx: Transaction<Schema>, accountId: string): Promise<number> {
  const { count } = await listedKeys(trx)
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('api_keys.account_id', '=', accountId)
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
    .where('kind', '=', 'api_key')
    .where('id', '=', apiKeyId)
    .where('account_id', '=', accountId)
    .returning(['id', 'account_id', 'fingerprint', 'parent_key_id', 'operator_key_id'])
    .executeTakeFirst()
  if (!deleted) return false
  await trx
    .insertInto('deleted_api_keys')
    .values({ ...deleted, deleted_at: now })
    .execute()
  await appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
  return true
}

/** The account that a deleted key was of. */
export async function findAccountOfDeletedKey(db: Kysely<Schema>, apiKeyId: string): Promise<string | undefined> {
  const row = await db.selectFrom('deleted_api_keys').select('account_id').where('id', '=', apiKeyId).executeTakeFirst()
  return row?.account_id
}

/** The next state of a key. Only a revocation has a reason, and only a disabled key has somebody who disabled it. */
export type ApiKeyStateChange =
  | { readonly state: 'active' }
  | { readonly state: 'disabled'; readonly by?: 'holder' | 'operator' }
  | { readonly state: 'revoked'; readonly reason: string; readonly note?: string }

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
    .set({
      state: change.state,
      disabled_at: change.state === 'disabled' ? now : null,
      disabled_by: change.state === 'disabled' ? (change.by ?? 'holder') : null,
      revoked_at: change.state === 'revoked' ? now : null,
      revoked_reason: change.state === 'revoked' ? change.reason : null,
      revoked_note: change.state === 'revoked' ? (change.note ?? null) : null,
    })
    .where('id', '=', apiKeyId)
    .where('account_id', '=', accountId)
    .where('state', 'not in', [change.state, 'revoked'])
    .returning('id')
    .executeTakeFirst()
  if (!updated) return false
  await appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
  return true
}

/** The fields of a key that can change. `null` removes a restriction, a bucket or notes. */
export interface ApiKeyChanges {
  readonly name?: string
  readonly scopes?: readonly string[]
  readonly expiresAt?: number | null
  readonly ipAllowlist?: readonly string[] | null
  readonly minimumProfile?: string | null
  readonly metadata?: Metadata | null
  /** Its own bucket, or none: from then on it shares no other key's. */
  readonly bucket?: KeyBucket | null
  readonly disabledBy?: 'operator'
}

/** Changes a key, whose account is locked, and writes the change for processes that cache it. */
export async function updateApiKey(
  trx: Transaction<Schema>,
  { accountId, apiKeyId }: Pick<ApiKey, 'accountId' | 'apiKeyId'>,
  changes: ApiKeyChanges,
  now: number,
): Promise<void> {
  if (Object.keys(changes).length === 0) return
  const { name, scopes, expiresAt, ipAllowlist, minimumProfile, metadata, bucket, disabledBy } = changes
  await trx
    .updateTable('api_keys')
    .set({
      ...(name !== undefined && { name }),
      ...(scopes !== undefined && { scopes: JSON.stringify(scopes) }),
      ...(expiresAt !== undefined && { expires_at: expiresAt }),
      ...(ipAllowlist !== undefined && { ip_allowlist: jsonOrNull(ipAllowlist) }),
      ...(minimumProfile !== undefined && { minimum_profile: minimumProfile }),
      ...(metadata !== undefined && { metadata: jsonOrNull(metadata) }),
      ...(bucket !== undefined && { bucket: jsonOrNull(bucket), bucket_owner_id: null }),
      ...(disabledBy !== undefined && { disabled_by: disabledBy }),
    })
    .where('id', '=', apiKeyId)
    .execute()
  await appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
}

/**
 * Gives the keys that share this key's bucket the same size, or none.
 *
 * @returns the ids of these keys
 */
export async function resizeSharedBucket(
  trx: Transaction<Schema>,
  ownerId: string,
  bucket: KeyBucket | null,
  now: number,
): Promise<string[]> {
  const sharers = await trx
    .updateTable('api_keys')
    .set({ bucket: jsonOrNull(bucket), ...(bucket === null && { bucket_owner_id: null }) })
    .where('bucket_owner_id', '=', ownerId)
    .returning(['id', 'account_id'])
    .execute()
  for (const { id, account_id: accountId } of sharers) {
    await appendKeyChange(trx, { accountId, apiKeyId: id, changedAt: now })
  }
  return sharers.map(({ id }) => id)
}

/**
 * All keys that are listed and counted, with their accounts: every list and count begins with it. It leaves sessions
 * out.
 */
export function listedKeys(db: Kysely<Schema>) {
  return db
    .selectFrom('api_keys')
    .innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
    .where('api_keys.kind', '=', 'api_key')
}

/** The columns that `toStoredApiKey` reads. */
export const STORED_KEY_COLUMNS = [
  'accounts.external_id',
  'accounts.tier',
  'accounts.suspended_at',
  'accounts.name as account_name',
  'accounts.is_operator',
] as const

/** Keys with what their accounts add. */
export function selectStoredKeys(db: Kysely<Schema>) {
  return db
    .selectFrom('api_keys')
    .innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
}

function toRow(key: ApiKey): Insertable<ApiKeysTable> {
  return {
    id: key.apiKeyId,
    account_id: key.accountId,
    kind: key.kind ?? 'api_key',
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
    bucket: key.bucket ? JSON.stringify(key.bucket) : null,
    bucket_owner_id: key.bucketOwnerId ?? null,
    metadata: key.metadata ? JSON.stringify(key.metadata) : null,
    operator_key_id: key.operatorKeyId ?? null,
    disabled_at: key.disabledAt ?? null,
    disabled_by: key.disabledBy ?? null,
    revoked_at: key.revokedAt ?? null,
    revoked_note: key.revokedNote ?? null,
    last_used_at: key.lastUsedAt ?? null,
    last_used_ip: key.lastUsedIp ?? null,
    created_at: key.createdAt,
  }
}

/** A row of `api_keys` with what is read of its account. */
export interface StoredKeyRow extends Selectable<ApiKeysTable> {
  external_id: string | null
  tier: string
  suspended_at: number | null
  account_name: string
  is_operator: 0 | 1
}

/** The key of a row. */
export function toStoredApiKey(row: StoredKeyRow): StoredApiKey {
  return {
    apiKeyId: row.id,
    accountId: row.account_id,
    ...(row.kind === 'session' && { kind: row.kind }),
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
    ...(row.bucket !== null && { bucket: readBucket(row, row.bucket) }),
    ...(row.bucket_owner_id !== null && { bucketOwnerId: row.bucket_owner_id }),
    ...(row.metadata !== null && { metadata: readMetadata(row.metadata) }),
    ...(row.operator_key_id !== null && { operatorKeyId: row.operator_key_id }),
    ...(row.disabled_at !== null && { disabledAt: row.disabled_at }),
    ...(row.disabled_by !== null && { disabledBy: row.disabled_by }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.revoked_note !== null && { revokedNote: row.revoked_note }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.last_used_ip !== null && { lastUsedIp: row.last_used_ip }),
    createdAt: row.created_at,
    tier: row.tier,
    accountName: row.account_name,
    accountSuspended: row.suspended_at !== null,
    ofOperator: row.is_operator === 1,
  }
}

function readStrings(row: StoredKeyRow, column: string, json: string): string[] {
  const value = parseJson(json)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new Error(`api_keys.${column} of key ${row.id} is no JSON array of text`)
}

function readBucket(row: StoredKeyRow, json: string): KeyBucket {
  const value = parseJson(json) as Partial<KeyBucket> | undefined
  const { capacity, refillPerSecond } = value ?? {}
  if (typeof capacity === 'number' && typeof refillPerSecond === 'number') return { capacity, refillPerSecond }
  throw new Error(`api_keys.bucket of key ${row.id} is no token bucket`)
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
