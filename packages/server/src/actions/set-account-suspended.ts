import type { SuspendAccountRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { findAccount, lockAccounts, setAccountSuspended as storeSuspended } from '../storage/accounts.ts'
import { type Actor, auditActor } from './actor.ts'
import { changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { noteProblem } from './key-restrictions.ts'
import { findActorKey } from './lock-target.ts'

/**
 * Suspends an account, so that all its keys are refused, or ends the suspension. It changes nothing if the account is
 * in that state already.
 */
export async function setAccountSuspended(
  context: ActionContext,
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
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    await lockAccounts(trx, [accountId], actor.accountId)
    const actorKey = await findActorKey(trx, actor, 'all', nowMs)
    if ('denied' in actorKey) return actorKey
    if (!(await findAccount(trx, accountId))) return denied('not_found')
    if (!(await storeSuspended(trx, accountId, suspended, nowMs))) return { result: undefined, events: [] }
    const action = suspended ? 'account.suspended' : 'account.resumed'
    const state = (isSuspended: boolean) => ({ state: isSuspended ? 'suspended' : 'active' })
    const events = [{ action, accountId, before: state(!suspended), after: state(suspended), reason }] as const
    return { result: undefined, events }
  })
}
