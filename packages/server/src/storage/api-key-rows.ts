import type { Insertable, Selectable } from 'kysely'
import type { ApiKey, KeyBucket, StoredApiKey } from './api-key.ts'
import { readMetadata } from './metadata.ts'
import type { ApiKeysTable } from './schema.ts'

/** The row of a key. */
export function toApiKeyRow(key: ApiKey): Insertable<ApiKeysTable> {
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

/** The columns of `accounts` that {@link toStoredApiKey} reads. */
export const STORED_KEY_COLUMNS = [
  'accounts.external_id',
  'accounts.tier',
  'accounts.suspended_at',
  'accounts.name as account_name',
  'accounts.is_operator',
] as const

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
    kind: row.kind === 'session' ? row.kind : undefined,
    externalId: row.external_id ?? undefined,
    name: row.name,
    keyType: row.key_type,
    publicKey: Uint8Array.from(row.public_key),
    fingerprint: row.fingerprint,
    scopes: readStrings(row, 'scopes', row.scopes),
    subaccount: row.subaccount ?? undefined,
    state: row.state,
    revokedReason: row.revoked_reason ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    ipAllowlist: row.ip_allowlist === null ? undefined : readStrings(row, 'ip_allowlist', row.ip_allowlist),
    minimumProfile: row.minimum_profile ?? undefined,
    parentKeyId: row.parent_key_id ?? undefined,
    bucket: row.bucket === null ? undefined : readBucket(row, row.bucket),
    bucketOwnerId: row.bucket_owner_id ?? undefined,
    metadata: row.metadata === null ? undefined : readMetadata(row.metadata),
    operatorKeyId: row.operator_key_id ?? undefined,
    disabledAt: row.disabled_at ?? undefined,
    disabledBy: row.disabled_by ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    revokedNote: row.revoked_note ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    lastUsedIp: row.last_used_ip ?? undefined,
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

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
