import { getAccountUsage, getDeploymentUsage, getKeyUsage } from '@countersign/api/calls'
import { accountUsage } from '../actions/account-usage.ts'
import { deploymentUsage } from '../actions/deployment-usage.ts'
import { keyUsage } from '../actions/key-usage.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** What was counted of decisions: a key's and an account's for its holder, all of it for operators. */
export function addUsageCalls(addCall: AddCall, context: ServerContext): void {
  addCall(getKeyUsage, ({ params, query, actor }) => keyUsage(context, actor, params.api_key, query))
  addCall(getAccountUsage, ({ query, actor }) => accountUsage(context, actor, query))
  addCall(getDeploymentUsage, ({ query }) => deploymentUsage(context, query))
}
