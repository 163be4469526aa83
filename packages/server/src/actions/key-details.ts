import type { ApiKeyDetails } from '@countersign/api'
import { parseSpki, writePem } from '@countersign/protocol'
import type { StoredApiKey } from '../storage/api-key.ts'
import { isOpen, type Rotation } from '../storage/rotations.ts'
import type { HourlyCounts } from '../storage/usage.ts'
import { toWireBucket } from './key-restrictions.ts'

/** The details of a key beside its row. */
export interface KeyCompany {
  /** Its open rotation. */
  readonly rotation?: Rotation | undefined
  readonly hourly?: HourlyCounts | undefined
}

/** A key in the form of the wire. */
export function keyDetails(key: StoredApiKey, nowMs: number, { rotation, hourly }: KeyCompany = {}): ApiKeyDetails {
  return {
    api_key_id: key.apiKeyId,
    account_id: key.accountId,
    account_name: key.accountName,
    name: key.name,
    state: stateOf(key, nowMs),
    key_type: key.keyType,
    key_bits: bitsOf(key),
    public_key: writePem('PUBLIC KEY', key.publicKey),
    fingerprint: key.fingerprint,
    scopes: [...key.scopes],
    created_at: key.createdAt,
    external_id: key.externalId,
    subaccount: key.subaccount,
    minimum_profile: key.minimumProfile,
    ip_allowlist: key.ipAllowlist && [...key.ipAllowlist],
    bucket: key.bucket && toWireBucket(key.bucket),
    bucket_of: key.bucketOwnerId,
    metadata: key.metadata,
    made_by: key.parentKeyId,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt,
    last_used_ip: key.lastUsedIp,
    disabled_at: key.disabledAt,
    disabled_by: key.disabledBy,
    revoked_at: key.revokedAt,
    revoked_reason: key.revokedReason,
    revoked_note: key.revokedNote,
    rotation: rotation && isOpen(rotation, nowMs) ? rotationOf(key, rotation) : undefined,
    last_24_hours: hourly && { allowed: [...hourly.allowed], not_allowed: [...hourly.notAllowed] },
  }
}

/**
 * The key was checked when it was stored. Checking an Ed25519 point again takes milliseconds for each key of a list.
 */
function bitsOf({ apiKeyId, keyType, publicKey }: StoredApiKey): number {
  if (keyType === 'ed25519') return 256
  const parsed = parseSpki(publicKey)
  if ('problem' in parsed) throw new Error(`the stored public key of ${apiKeyId} ${parsed.message}`)
  return parsed.bits
}

/** What a key may do now. */
export function stateOf({ state, expiresAt }: StoredApiKey, nowMs: number): ApiKeyDetails['state'] {
  return state !== 'revoked' && expiresAt !== undefined && nowMs >= expiresAt ? 'expired' : state
}

function rotationOf({ apiKeyId }: StoredApiKey, { rotationId, oldKeyId, newKeyId, deadline }: Rotation) {
  const isOld = apiKeyId === oldKeyId
  return {
    rotation_id: rotationId,
    role: isOld ? ('old' as const) : ('new' as const),
    other_api_key_id: isOld ? newKeyId : oldKeyId,
    deadline,
  }
}
