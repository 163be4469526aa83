import type { AccountUsage, BucketLevel, UsageQuery } from '@countersign/api'
import { type BucketSize, bucketOfAccount, type Denied, type Principal } from '@countersign/gate'
import type { MaybePromise } from '@countersign/protocol'
import { topKeysOfAccount } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'
import { nameKeys, TOP } from './usage-names.ts'
import { readUsageRange } from './usage-range.ts'
import { usageSeries } from './usage-series.ts'

/** Reports how full buckets are. */
export interface BucketGauge {
  tokensIn(accountId: string, bucket: string, size: BucketSize): MaybePromise<number | undefined>
}

/** The usage of the caller's account, by key, and the level of its buckets. */
export async function accountUsage(
  context: ActionContext & BucketGauge,
  { accountId, tier }: Principal,
  query: UsageQuery,
): Promise<AccountUsage | Denied> {
  const range = readUsageRange(query, context.now())
  if ('denied' in range) return range
  const db = context.database.reader
  const top = await topKeysOfAccount(db, accountId, range, TOP)
  return {
    account_id: accountId,
    ...(await usageSeries(context, 'account', accountId, range)),
    top_keys: await nameKeys(db, top),
    buckets: await bucketLevels(context, accountId, tier),
  }
}

function bucketLevels(
  { settings, tokensIn }: ActionContext & BucketGauge,
  accountId: string,
  tier: string,
): Promise<BucketLevel[]> {
  const sizes = Object.entries(settings.tiers[tier] ?? settings.tiers[settings.defaultTier] ?? {})
  const levels = sizes.map(async ([bucket, { capacity, refillRate }]) => {
    const size = { capacity, refillPerSecond: refillRate }
    const tokens = await tokensIn(accountId, bucketOfAccount(accountId, bucket), size)
    return { bucket, tokens: tokens ?? null, bucket_capacity: capacity, refill_rate: refillRate }
  })
  return Promise.all(levels)
}
