import * as calls from '@countersign/api/calls'
import type { Denied } from '@countersign/gate'
import { createAccount } from '../actions/create-account.ts'
import { describeAccount, listAccounts } from '../actions/list-accounts.ts'
import { setAccountSuspended } from '../actions/set-account-suspended.ts'
import { updateAccount } from '../actions/update-account.ts'
import type { ServerContext } from '../server-context.ts'
import { type AddCall, orNotFound } from './add-call.ts'

/** The operators' calls on accounts. */
export function addAccountsCalls(addCall: AddCall, context: ServerContext): void {
  /** The answer to a change: the account as it is afterwards. */
  async function afterwards(account: string, refused: Denied | undefined) {
    return refused ?? orNotFound(await describeAccount(context, account))
  }

  addCall(calls.createAccount, async ({ body, actor }) => {
    const made = await createAccount(context, actor, body)
    return 'denied' in made ? made : afterwards(made.accountId, undefined)
  })
  addCall(calls.listAccounts, ({ query }) => listAccounts(context, query))
  addCall(calls.getAccount, ({ params: { account } }) => afterwards(account, undefined))
  addCall(calls.updateAccount, async ({ params: { account }, body, actor }) =>
    afterwards(account, await updateAccount(context, actor, account, body)),
  )
  addCall(calls.suspendAccount, async ({ params: { account }, body, actor }) =>
    afterwards(account, await setAccountSuspended(context, actor, account, true, body)),
  )
  addCall(calls.unsuspendAccount, async ({ params: { account }, actor }) =>
    afterwards(account, await setAccountSuspended(context, actor, account, false)),
  )
}
