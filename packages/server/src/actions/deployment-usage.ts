import type { DeploymentUsage, DeploymentUsageQuery } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { findAccount } from '../storage/accounts.ts'
import { topKeysOfAccount, topUsage, type UsageRange } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'
import { refuse } from './key-request.ts'
import { refuseUnstorable } from './page-query.ts'
import { nameAccounts, nameKeys, TOP } from './usage-names.ts'
import { readUsageRange } from './usage-range.ts'
import { usageSeries } from './usage-series.ts'

/** The usage of the whole deployment, of one account or of one key, for operators. */
export async function deploymentUsage(
  context: ActionContext,
  query: DeploymentUsageQuery,
): Promise<DeploymentUsage | Denied> {
  const { account_id: accountId, api_key_id: apiKeyId } = query
  const range = readUsageRange(query, context.now())
  if ('denied' in range) return range
  const unstorable = refuseUnstorable(query)
  if (unstorable) return unstorable
  if (apiKeyId !== undefined) {
    if (accountId !== undefined) return refuse('api_key_id', 'cannot be given together with account_id')
    return { ...(await usageSeries(context, 'key', apiKeyId, range)), ...NO_TOPS }
  }
  return accountId === undefined ? ofAll(context, range) : ofAccount(context, accountId, range)
}

const NO_TOPS = { top_keys: [], top_accounts: [], top_codes: [] }

async function ofAccount(context: ActionContext, accountId: string, range: UsageRange) {
  const db = context.database.reader
  if (!(await findAccount(db, accountId))) return denied('not_found')
  const top = await topKeysOfAccount(db, accountId, range, TOP)
  return { ...(await usageSeries(context, 'account', accountId, range)), ...NO_TOPS, top_keys: await nameKeys(db, top) }
}

async function ofAll(context: ActionContext, range: UsageRange): Promise<DeploymentUsage> {
  const db = context.database.reader
  return {
    ...(await usageSeries(context, 'code', undefined, range)),
    top_keys: await nameKeys(db, await topUsage(db, 'key', range, TOP)),
    top_accounts: await nameAccounts(db, await topUsage(db, 'account', range, TOP)),
    top_codes: (await topUsage(db, 'code', range, TOP)).map(({ id, ...counts }) => ({ code: id, ...counts })),
  }
}
