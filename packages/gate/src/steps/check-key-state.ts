import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'

/** Refuses a key that is revoked, disabled, expired, or of a suspended account. */
export function checkKeyState(record: KeyRecord, nowMs: number): Denied | undefined {
  if (record.state === 'revoked') return denied('key_revoked')
  if (record.state === 'disabled') return denied('key_disabled')
  if (record.expiresAtMs !== undefined && nowMs >= record.expiresAtMs) return denied('key_expired')
  return record.accountSuspended ? denied('account_suspended') : undefined
}
