import { randomUUID } from 'node:crypto'
import type { CreateAccountRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { type Account, findAccountByExternalId, insertAccount, lockAccounts } from '../storage/accounts.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { lockRegistrations } from '../storage/fingerprints.ts'
import { inTransaction } from '../storage/transaction.ts'
import { checkAccountChanges } from './account-request.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedAccount } from './audited-account.ts'
import type { ActionContext } from './context.ts'
import { findActorKey } from './lock-target.ts'

/** Makes an account of a customer. Accounts of operators are made on the database only: see `bootstrap`. */
export async function createAccount(
  { database, settings, now }: ActionContext,
  actor: Actor,
  request: CreateAccountRequest,
): Promise<{ readonly accountId: string } | Denied> {
  const checked = checkAccountChanges(request, settings)
  if ('denied' in checked) return checked
  const { name = request.name, externalId, tier = settings.defaultTier, metadata } = checked
  const nowMs = now()
  const account: Account = {
    accountId: randomUUID(),
    name,
    tier,
    createdAt: nowMs,
    ...(typeof externalId === 'string' && { externalId }),
    ...(metadata && { metadata }),
  }
  return inTransaction(database, async (trx) => {
    // The lock keeps a change of another account from taking this external id meanwhile.
    await lockRegistrations(trx)
    await lockAccounts(trx, [actor.accountId])
    const actorKey = await findActorKey(trx, actor, 'all', nowMs)
    if ('denied' in actorKey) return actorKey
    if ((await insertAccount(trx, account)) === 'duplicate_external_id') {
      const other = await findAccountByExternalId(trx, account.externalId ?? '')
      return denied('external_id_taken', other?.name)
    }
    const { accountId } = account
    const entry = {
      action: 'account.created',
      actor: auditActor(actor),
      accountId,
      after: auditedAccount(account),
    } as const
    await appendAuditEvent(trx, entry, nowMs)
    return { accountId }
  })
}
