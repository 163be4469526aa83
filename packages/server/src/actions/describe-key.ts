import type { ApiKeyDetails } from '@countersign/api'
import type { Principal } from '@countersign/gate'
import { parseSpki, publicKeyPem } from '@countersign/protocol'
import { findApiKey, type StoredApiKey } from '../storage/api-keys.ts'
import type { ActionContext } from './context.ts'

/** All that is known of one key of the actor's account, `undefined` where it has no such key. */
export async function describeKey(
  { database, now }: ActionContext,
  { accountId }: Principal,
  apiKeyId: string,
): Promise<ApiKeyDetails | undefined> {
  const key = await findApiKey(database.kysely, apiKeyId)
  return key?.accountId === accountId ? toDetails(key, now()) : undefined
}

function toDetails(key: StoredApiKey, nowMs: number): ApiKeyDetails {
  const publicKey = parseSpki(key.publicKey)
  if ('problem' in publicKey) throw new Error(`the stored public key of ${key.apiKeyId} ${publicKey.message}`)
  const isExpired = key.state !== 'revoked' && key.expiresAt !== undefined && nowMs >= key.expiresAt
  return {
    api_key_id: key.apiKeyId,
    name: key.name,
    state: isExpired ? 'expired' : key.state,
    key_type: key.keyType,
    key_bits: publicKey.bits,
    public_key: publicKeyPem(publicKey),
    fingerprint: key.fingerprint,
    scopes: [...key.scopes],
    created_at: key.createdAt,
    ...(key.subaccount !== undefined && { subaccount: key.subaccount }),
    ...(key.minimumProfile !== undefined && { minimum_profile: key.minimumProfile }),
    ...(key.ipAllowlist !== undefined && { ip_allowlist: [...key.ipAllowlist] }),
    ...(key.parentKeyId !== undefined && { made_by: key.parentKeyId }),
    ...(key.expiresAt !== undefined && { expires_at: key.expiresAt }),
  }
}
