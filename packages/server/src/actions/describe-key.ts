import type { ApiKeyDetails } from '@countersign/api'
import type { Principal } from '@countersign/gate'
import { findListedApiKey } from '../storage/find-api-keys.ts'
import { findOpenRotations } from '../storage/rotations.ts'
import { hourlyCounts } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'
import { keyDetails } from './key-details.ts'
import type { Reach } from './lock-target.ts'

/** All details of one key within reach, `undefined` if there is none. */
export async function describeKey(
  { database, now }: ActionContext,
  { accountId }: Principal,
  apiKeyId: string,
  reach: Reach = 'own',
): Promise<ApiKeyDetails | undefined> {
  const db = database.kysely
  const key = await findListedApiKey(db, apiKeyId)
  if (!key || (reach === 'own' && key.accountId !== accountId)) return undefined
  const nowMs = now()
  const [rotation] = await findOpenRotations(db, [apiKeyId], nowMs)
  const hourly = await hourlyCounts(db, [apiKeyId], nowMs)
  return keyDetails(key, nowMs, { rotation, hourly: hourly.get(apiKeyId) })
}
