import type { KeyUsage, UsageQuery } from '@countersign/api'
import { type Denied, denied, type Principal } from '@countersign/gate'
import { findListedApiKey } from '../storage/find-api-keys.ts'
import type { ActionContext } from './context.ts'
import { readUsageRange } from './usage-range.ts'
import { usageSeries } from './usage-series.ts'

/** The usage of one key of the caller's account. */
export async function keyUsage(
  context: ActionContext,
  { accountId }: Principal,
  apiKeyId: string,
  query: UsageQuery,
): Promise<KeyUsage | Denied> {
  const range = readUsageRange(query, context.now())
  if ('denied' in range) return range
  const key = await findListedApiKey(context.database.kysely, apiKeyId)
  if (key?.accountId !== accountId) return denied('not_found')
  return { api_key_id: key.apiKeyId, ...(await usageSeries(context, 'key', key.apiKeyId, range)) }
}
