import type { Account } from '../storage/accounts.ts'
import type { Facts } from '../storage/audit-events.ts'

/** The form of a whole account in the audit log, when it was made. */
export function auditedAccount(account: Account): Facts {
  const { name, externalId, tier, isOperator, metadata } = account
  return { name, external_id: externalId, tier, operator: isOperator || undefined, metadata }
}
