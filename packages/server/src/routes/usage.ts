import { getAccountUsage, getDeploymentUsage, getKeyUsage } from '@countersign/api/calls'
import { accountUsage } from '../actions/account-usage.ts'
import { deploymentUsage } from '../actions/deployment-usage.ts'
import { keyUsage } from '../actions/key-usage.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** Counted decisions: for a holder those of its keys and account, for operators all. */
export function addUsageCalls(addCall: AddCall, context: ServerContext): void {
  addCall(getKeyUsage, ({ params, query, actor }) => keyUsage(context, actor, params.api_key, query))
  addCall(getAccountUsage, ({ query, actor }) => accountUsage(context, actor, query))
  addCall(getDeploymentUsage, ({ query }) => deploymentUsage(context, query))
}
