import type { SuspendAccountRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { findAccount, lockAccounts, setAccountSuspended as storeSuspended } from '../storage/accounts.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type Actor, auditActor } from './actor.ts'
import type { ActionContext } from './context.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { noteProblem } from './key-restrictions.ts'
import { findActorKey } from './lock-target.ts'

/**
 * Suspends an account, so that all its keys are refused, or ends the suspension. It changes nothing if the account is
 * in that state already.
 */
export async function setAccountSuspended(
  { database, keyChanged, now }: ActionContext,
  actor: Actor,
  accountId: string,
  suspended: boolean,
  request: SuspendAccountRequest = {},
): Promise<Denied | undefined> {
  const unknown = refuseUnknownFields(request, ['reason'])
  if (unknown) return unknown
  const { reason } = request
  const problem = reason === undefined ? undefined : noteProblem(reason)
  if (problem) return refuse('reason', problem)
  // Only the database could end this suspension.
  if (suspended && accountId === actor.accountId) return denied('state_conflict', 'it is the account that asks for it')
  const nowMs = now()
  const refused = await inTransaction(database, async (trx): Promise<Denied | undefined> => {
    await lockAccounts(trx, [actor.accountId, accountId])
    const actorKey = await findActorKey(trx, actor, 'all', nowMs)
    if ('denied' in actorKey) return actorKey
    if (!(await findAccount(trx, accountId))) return denied('not_found')
    if (!(await storeSuspended(trx, accountId, suspended, nowMs))) return undefined
    const action = suspended ? 'account.suspended' : 'account.resumed'
    const common = { action, actor: auditActor(actor), accountId, ...(reason !== undefined && { reason }) } as const
    const state = (isSuspended: boolean) => ({ state: isSuspended ? 'suspended' : 'active' })
    await appendAuditEvent(trx, { ...common, before: state(!suspended), after: state(suspended) }, nowMs)
    return undefined
  })
  if (refused) return refused
  keyChanged({ accountId })
  return undefined
}
