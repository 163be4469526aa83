import type { ApiKey } from '../storage/api-key.ts'
import type { Facts } from '../storage/audit-events.ts'

/** The form of a whole key in the audit log, when it was made and when it is deleted. It never holds key material. */
export function auditedKey(key: ApiKey): Facts {
  return {
    name: key.name,
    key_type: key.keyType,
    fingerprint: key.fingerprint,
    scopes: key.scopes,
    state: key.state,
    subaccount: key.subaccount,
    minimum_profile: key.minimumProfile,
    ip_allowlist: key.ipAllowlist,
    expires_at: key.expiresAt,
    made_by: key.parentKeyId,
    made_by_operator: key.operatorKeyId,
    bucket: key.bucket && { ...key.bucket },
    bucket_of: key.bucketOwnerId,
    metadata: key.metadata,
  }
}
