import type { AccountUsage, UsageQuery } from '@countersign/api'
import type { Denied, Principal } from '@countersign/gate'
import { topKeysOfAccount } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'
import { nameKeys, TOP } from './usage-names.ts'
import { readUsageRange } from './usage-range.ts'
import { usageSeries } from './usage-series.ts'

/** The usage of the caller's account, and which of its keys it was. */
export async function accountUsage(
  context: ActionContext,
  { accountId }: Principal,
  query: UsageQuery,
): Promise<AccountUsage | Denied> {
  const range = readUsageRange(query, context.now())
  if ('denied' in range) return range
  const db = context.database.kysely
  const top = await topKeysOfAccount(db, accountId, range, TOP)
  return {
    account_id: accountId,
    ...(await usageSeries(context, 'account', accountId, range)),
    top_keys: await nameKeys(db, top),
  }
}
