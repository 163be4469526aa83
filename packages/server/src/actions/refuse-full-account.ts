import { type Denied, denied } from '@countersign/gate'
import type { Transaction } from 'kysely'
import type { Settings } from '../config/settings.ts'
import { countApiKeys, type KeyCounts } from '../storage/find-api-keys.ts'
import type { Schema } from '../storage/schema.ts'

/**
 * How many keys an account may have for each live one, with revoked and expired keys: the plain list shows all of them
 * at once.
 */
const ENDED_FOR_EACH = 10

/** Refuses one more live key if the account is full. The account must be locked. */
export async function refuseFullAccount(
  trx: Transaction<Schema>,
  settings: Settings,
  accountId: string,
  nowMs: number,
): Promise<Denied | undefined> {
  return refuseFull(settings, await countApiKeys(trx, accountId, nowMs))
}

/** Refuses one more live key beside so many. */
export function refuseFull({ maxKeysPerAccount }: Settings, { live, all }: KeyCounts): Denied | undefined {
  if (live >= maxKeysPerAccount) return denied('api_key_limit_reached', `at most ${maxKeysPerAccount} keys`)
  const inAll = maxKeysPerAccount * ENDED_FOR_EACH
  if (all < inAll) return undefined
  return denied('api_key_limit_reached', `at most ${inAll} keys with those that are revoked or expired: delete some`)
}
