import type { CreateLinkRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { missingScopes } from '@countersign/protocol'
import { findAccount, lockAccounts } from '../storage/accounts.ts'
import { type Actor, auditActor } from './actor.ts'
import { changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { refuse } from './key-request.ts'
import { findActorKey } from './lock-target.ts'
import { type MadeLink, makeLink } from './make-link.ts'
import { refuseUnstorable } from './page-query.ts'

/**
 * Makes a sign-in link for a customer. It gives no power that the operator's own key lacks. Links for operators are
 * made on the database.
 */
export async function createLink(
  context: ActionContext,
  actor: Actor,
  { account_id: accountId, access }: CreateLinkRequest,
): Promise<MadeLink | Denied> {
  const unstorable = refuseUnstorable({ account_id: accountId })
  if (unstorable) return unstorable
  const scopes = SCOPES_OF_ACCESS[access]
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    await lockAccounts(trx, [accountId], actor.accountId)
    const actorKey = await findActorKey(trx, actor, 'all', nowMs)
    if ('denied' in actorKey) return actorKey
    const [missing] = missingScopes(actorKey.scopes, scopes)
    if (missing !== undefined) return denied('insufficient_scope', missing)
    const account = await findAccount(trx, accountId)
    if (!account) return denied('not_found')
    if (account.isOperator) return refuse('account_id', 'is an operator: countersign link --operator makes its links')
    const { link, event } = await makeLink(trx, { accountId, scopes, createdBy: actor.keyId }, nowMs)
    return { result: link, events: [event] }
  })
}

/** The powers of a link's session. */
export const SCOPES_OF_ACCESS = { read: ['read'], read_write: ['read', 'write'] } as const
