import { type Denied, denied, type Principal } from '@countersign/gate'
import { deleteApiKey } from '../storage/api-keys.ts'
import { inTransaction } from '../storage/transaction.ts'
import type { ActionContext } from './context.ts'

/** Deletes a key of the actor's account, for good. When it returns, no request signed with it is allowed any more. */
export async function deleteKey(
  { database, keyChanged, now }: ActionContext,
  { accountId }: Principal,
  apiKeyId: string,
): Promise<Denied | undefined> {
  const deleted = await inTransaction(database, (trx) => deleteApiKey(trx, accountId, apiKeyId, now()))
  if (!deleted) return denied('not_found')
  keyChanged({ accountId, keyId: apiKeyId })
  return undefined
}
