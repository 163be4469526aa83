import type { ApiKey } from '@countersign/api'
import type { Principal } from '@countersign/gate'
import { listApiKeys } from '../storage/api-keys.ts'
import type { ActionContext } from './context.ts'

/** The keys of the actor's account, in the order in which they were made. */
export async function listKeys({ database }: ActionContext, { accountId }: Principal): Promise<ApiKey[]> {
  const keys = await listApiKeys(database.kysely, accountId)
  return keys.map(({ apiKeyId, name, scopes, subaccount }) => ({
    api_key_id: apiKeyId,
    name,
    scopes: [...scopes],
    ...(subaccount !== undefined && { subaccount }),
  }))
}
