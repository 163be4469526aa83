import type { UpdateAccountRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { findAccount, findAccountByExternalId, updateAccount as storeChanges } from '../storage/accounts.ts'
import { accountLocks, type Lock, takeLocks } from '../storage/locks.ts'
import { checkAccountChanges } from './account-request.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedAccount } from './audited-account.ts'
import { changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { differences } from './differences.ts'
import { findActorKey } from './lock-target.ts'
import { withChanges } from './with-changes.ts'

/** Changes an account's name, external id, usage tier or notes. */
export async function updateAccount(
  context: ActionContext,
  actor: Actor,
  accountId: string,
  request: UpdateAccountRequest,
): Promise<Denied | undefined> {
  const changes = checkAccountChanges(request, context.settings)
  if ('denied' in changes) return changes
  const { externalId } = changes
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    // If two accounts get the same external id at once, the second one finds the first.
    await takeLocks(trx, [...externalIdLocks(externalId), ...accountLocks([accountId], actor.accountId)])
    const actorKey = await findActorKey(trx, actor, 'all', nowMs)
    if ('denied' in actorKey) return actorKey
    const before = await findAccount(trx, accountId)
    if (!before) return denied('not_found')
    const holder = typeof externalId === 'string' ? await findAccountByExternalId(trx, externalId) : undefined
    if (holder && holder.accountId !== accountId) return denied('external_id_taken', holder.name)
    const changed = differences(auditedAccount(before), auditedAccount(withChanges(before, changes)))
    if (!changed) return { result: undefined, events: [] }
    await storeChanges(trx, accountId, changes, nowMs)
    return { result: undefined, events: [{ action: 'account.updated', accountId, ...changed }] }
  })
}

/** Keeps all other accounts from getting this external id. */
export function externalIdLocks(externalId: string | null | undefined): Lock[] {
  return typeof externalId === 'string' ? [{ kind: 'external_id', name: externalId }] : []
}
