import type { WhoAmI } from '@countersign/api'
import { type Denied, denied, type Principal } from '@countersign/gate'
import { grantsScope } from '@countersign/protocol'
import { findApiKey } from '../storage/find-api-keys.ts'
import type { ActionContext } from './context.ts'
import { toWireBucket } from './key-restrictions.ts'

/** The account and the key of a request, and everything that bounds them. */
export async function whoAmI({ database }: ActionContext, principal: Principal): Promise<WhoAmI | Denied> {
  const key = await findApiKey(database.kysely, principal.keyId)
  if (!key) return denied('key_not_found')
  return {
    account_id: key.accountId,
    account_name: key.accountName,
    operator: grantsScope(key.scopes, 'admin'),
    api_key_id: key.apiKeyId,
    api_key_name: key.name,
    scopes: [...key.scopes],
    usage_tier: key.tier,
    profile: principal.profile,
    external_id: key.externalId,
    subaccount: key.subaccount,
    expires_at: key.expiresAt,
    ip_allowlist: key.ipAllowlist && [...key.ipAllowlist],
    minimum_profile: key.minimumProfile,
    bucket: key.bucket && toWireBucket(key.bucket),
  }
}
