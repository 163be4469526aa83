import type { Transaction } from 'kysely'
import type { ApiKey, KeyBucket } from './api-key.ts'
import { toApiKeyRow } from './api-key-rows.ts'
import { changesNothing, type FieldChange } from './field-change.ts'
import { appendKeyChange } from './key-changes.ts'
import type { Metadata } from './metadata.ts'
import type { Schema } from './schema.ts'

/** Adds a key, unless its account has that public key already. The account must exist. */
export async function insertApiKey(
  trx: Transaction<Schema>,
  key: ApiKey,
): Promise<'inserted' | 'duplicate_public_key'> {
  const inserted = await trx
    .insertInto('api_keys')
    .values(toApiKeyRow(key))
    .onConflict((conflict) => conflict.columns(['account_id', 'fingerprint']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!inserted) return 'duplicate_public_key'
  appendKeyChange(trx, { accountId: key.accountId, apiKeyId: key.apiKeyId, changedAt: key.createdAt })
  return 'inserted'
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
  appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
  return true
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
  appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
  return true
}

/** Ids of one statement. */
const IDS_A_STATEMENT = 1_000

/**
 * Revokes keys for good, whatever their accounts. A revoked key keeps its first reason.
 *
 * @param now Unix milliseconds.
 * @returns the ids of the keys that were not revoked before
 */
export async function revokeApiKeys(
  trx: Transaction<Schema>,
  apiKeyIds: readonly string[],
  { reason, note }: { readonly reason: string; readonly note?: string | undefined },
  now: number,
): Promise<Set<string>> {
  const revoked = new Set<string>()
  for (let i = 0; i < apiKeyIds.length; i += IDS_A_STATEMENT) {
    const rows = await trx
      .updateTable('api_keys')
      .set({
        state: 'revoked',
        disabled_at: null,
        disabled_by: null,
        revoked_at: now,
        revoked_reason: reason,
        revoked_note: note ?? null,
      })
      .where('id', 'in', apiKeyIds.slice(i, i + IDS_A_STATEMENT))
      .where('state', '<>', 'revoked')
      .returning(['id', 'account_id'])
      .execute()
    for (const { id, account_id: accountId } of rows) {
      await appendKeyChange(trx, { accountId, apiKeyId: id, changedAt: now })
      revoked.add(id)
    }
  }
  return revoked
}

/** The fields of a key that can change; a field that is absent stays as it is. */
export interface ApiKeyChanges {
  readonly name?: string
  readonly scopes?: readonly string[]
  readonly expiresAt?: FieldChange<number>
  readonly ipAllowlist?: FieldChange<readonly string[]>
  readonly minimumProfile?: FieldChange<string>
  readonly metadata?: FieldChange<Metadata>
  /** Its own bucket, or none: from then on it shares no other key's. */
  readonly bucket?: FieldChange<KeyBucket>
  readonly disabledBy?: 'operator'
}

/** Changes a key, whose account is locked, and writes the change for processes that cache it. */
export async function updateApiKey(
  trx: Transaction<Schema>,
  { accountId, apiKeyId }: Pick<ApiKey, 'accountId' | 'apiKeyId'>,
  changes: ApiKeyChanges,
  now: number,
): Promise<void> {
  if (changesNothing(changes)) return
  const { name, scopes, expiresAt, ipAllowlist, minimumProfile, metadata, bucket, disabledBy } = changes
  await trx
    .updateTable('api_keys')
    .set({
      name,
      scopes: scopes && JSON.stringify(scopes),
      expires_at: expiresAt,
      ip_allowlist: ipAllowlist && JSON.stringify(ipAllowlist),
      minimum_profile: minimumProfile,
      metadata: metadata && JSON.stringify(metadata),
      bucket: bucket && JSON.stringify(bucket),
      bucket_owner_id: bucket === undefined ? undefined : null,
      disabled_by: disabledBy,
    })
    .where('id', '=', apiKeyId)
    .execute()
  appendKeyChange(trx, { accountId, apiKeyId, changedAt: now })
}

/** Gives the keys that share this key's bucket the same size, or none. */
export async function resizeSharedBucket(
  trx: Transaction<Schema>,
  ownerId: string,
  bucket: KeyBucket | null,
  now: number,
): Promise<void> {
  const sharers = await trx
    .updateTable('api_keys')
    .set({ bucket: bucket && JSON.stringify(bucket), bucket_owner_id: bucket === null ? null : undefined })
    .where('bucket_owner_id', '=', ownerId)
    .returning(['id', 'account_id'])
    .execute()
  for (const { id, account_id: accountId } of sharers) {
    appendKeyChange(trx, { accountId, apiKeyId: id, changedAt: now })
  }
}
