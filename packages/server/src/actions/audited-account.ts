import type { Account } from '../storage/accounts.ts'
import type { Facts } from '../storage/audit-events.ts'

/** What the audit log tells of a whole account, when it was made. */
export function auditedAccount(account: Account): Facts {
  return { name: account.name, external_id: account.externalId, tier: account.tier }
}
