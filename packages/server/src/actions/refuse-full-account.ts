import { type Denied, denied } from '@countersign/gate'
import type { Transaction } from 'kysely'
import type { Settings } from '../config.ts'
import { countLiveApiKeys } from '../storage/api-keys.ts'
import type { Schema } from '../storage/schema.ts'

/** Refuses one more live key of an account that has as many as it may; the account must be locked. */
export async function refuseFullAccount(
  trx: Transaction<Schema>,
  { maxKeysPerAccount }: Settings,
  accountId: string,
  nowMs: number,
): Promise<Denied | undefined> {
  if ((await countLiveApiKeys(trx, accountId, nowMs)) < maxKeysPerAccount) return undefined
  return denied('api_key_limit_reached', `at most ${maxKeysPerAccount} keys`)
}
