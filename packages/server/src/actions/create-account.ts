import { randomUUID } from 'node:crypto'
import type { CreateAccountRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { type Account, findAccountByExternalId, insertAccount } from '../storage/accounts.ts'
import { accountLocks, takeLocks } from '../storage/locks.ts'
import { checkAccountChanges } from './account-request.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedAccount } from './audited-account.ts'
import { changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { findActorKey } from './lock-target.ts'
import { externalIdLocks } from './update-account.ts'

/** Makes an account of a customer. Accounts of operators are made on the database only: see `bootstrap`. */
export async function createAccount(
  context: ActionContext,
  actor: Actor,
  request: CreateAccountRequest,
): Promise<{ readonly accountId: string } | Denied> {
  const { settings } = context
  const checked = checkAccountChanges(request, settings)
  if ('denied' in checked) return checked
  const { name = request.name, externalId, tier = settings.defaultTier, metadata } = checked
  const accountId = randomUUID()
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    await takeLocks(trx, [...externalIdLocks(externalId), ...accountLocks([], actor.accountId)])
    const actorKey = await findActorKey(trx, actor, 'all', nowMs)
    if ('denied' in actorKey) return actorKey
    const account: Account = {
      accountId,
      name,
      tier,
      createdAt: nowMs,
      externalId: externalId ?? undefined,
      metadata: metadata ?? undefined,
    }
    if ((await insertAccount(trx, account)) === 'duplicate_external_id') {
      const other = await findAccountByExternalId(trx, account.externalId ?? '')
      return denied('external_id_taken', other?.name)
    }
    const events = [{ action: 'account.created', accountId, after: auditedAccount(account) }] as const
    return { result: { accountId }, events }
  })
}
