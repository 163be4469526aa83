import { type Denied, denied } from '@countersign/gate'
import { lockAccount } from '../storage/accounts.ts'
import { deleteApiKey, findApiKey } from '../storage/api-keys.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedKey } from './audited-key.ts'
import type { ActionContext } from './context.ts'

/** Deletes a key of the actor's account, for good. When it returns, no request signed with it is allowed any more. */
export async function deleteKey(
  { database, keyChanged, now }: ActionContext,
  actor: Actor,
  apiKeyId: string,
): Promise<Denied | undefined> {
  const { accountId } = actor
  const nowMs = now()
  const deleted = await inTransaction(database, async (trx) => {
    await lockAccount(trx, accountId)
    const key = await findApiKey(trx, apiKeyId)
    if (!key || !(await deleteApiKey(trx, accountId, apiKeyId, nowMs))) return false
    const entry = {
      action: 'key.deleted',
      actor: auditActor(actor),
      accountId,
      apiKeyId,
      before: auditedKey(key),
    } as const
    await appendAuditEvent(trx, entry, nowMs)
    return true
  })
  if (!deleted) return denied('not_found')
  keyChanged({ accountId, keyId: apiKeyId })
  return undefined
}
