import type { UpdateAccountRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import {
  findAccount,
  findAccountByExternalId,
  lockAccounts,
  updateAccount as storeChanges,
} from '../storage/accounts.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { lockRegistrations } from '../storage/fingerprints.ts'
import { inTransaction } from '../storage/transaction.ts'
import { checkAccountChanges } from './account-request.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedAccount } from './audited-account.ts'
import type { ActionContext } from './context.ts'
import { findActorKey } from './lock-target.ts'
import { differences } from './update-key.ts'

/** Changes an account's name, external id, usage tier or notes. */
export async function updateAccount(
  { database, settings, keyChanged, now }: ActionContext,
  actor: Actor,
  accountId: string,
  request: UpdateAccountRequest,
): Promise<Denied | undefined> {
  const changes = checkAccountChanges(request, settings)
  if ('denied' in changes) return changes
  const { externalId } = changes
  const nowMs = now()
  const refused = await inTransaction(database, async (trx): Promise<Denied | undefined> => {
    // If two accounts get the same external id at once, the second one finds the first.
    await lockRegistrations(trx)
    await lockAccounts(trx, [actor.accountId, accountId])
    const actorKey = await findActorKey(trx, actor, 'all', nowMs)
    if ('denied' in actorKey) return actorKey
    const before = await findAccount(trx, accountId)
    if (!before) return denied('not_found')
    const holder = typeof externalId === 'string' ? await findAccountByExternalId(trx, externalId) : undefined
    if (holder && holder.accountId !== accountId) return denied('external_id_taken', holder.name)
    await storeChanges(trx, accountId, changes, nowMs)
    const after = await findAccount(trx, accountId)
    if (!after) throw new Error(`the account ${accountId} went away under its lock`)
    const entry = { action: 'account.updated', actor: auditActor(actor), accountId } as const
    const changed = differences(auditedAccount(before), auditedAccount(after))
    if (changed) await appendAuditEvent(trx, { ...entry, ...changed }, nowMs)
    return undefined
  })
  if (refused) return refused
  keyChanged({ accountId })
  return undefined
}
