import type { Profile } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'

/** Refuses a key that is revoked, disabled, expired, of a suspended account, or used with too weak a profile. */
export function checkKeyState(record: KeyRecord, profile: Profile, nowMs: number): Denied | undefined {
  if (record.state === 'revoked') return denied('key_revoked')
  if (record.state === 'disabled') return denied('key_disabled')
  if (record.expiresAtMs !== undefined && nowMs >= record.expiresAtMs) return denied('key_expired')
  if (record.accountSuspended) return denied('account_suspended')
  if (record.minimumProfile === 'http-message-signatures' && profile !== record.minimumProfile) {
    return denied('profile_not_accepted', record.minimumProfile)
  }
  return undefined
}
