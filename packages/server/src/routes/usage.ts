import type { ApiKeyParams, DeploymentUsageQuery, UsageQuery } from '@countersign/api'
import type { FastifyInstance } from 'fastify'
import { accountUsage } from '../actions/account-usage.ts'
import { deploymentUsage } from '../actions/deployment-usage.ts'
import { keyUsage } from '../actions/key-usage.ts'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { addOperation } from './operation.ts'

const CHECKS = [refuseSubaccountKeys]

/** What was counted of decisions: a key's and an account's for its holder, all of it for operators. */
export function addUsageRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation<{ Params: ApiKeyParams; Querystring: UsageQuery }>(
    app,
    context,
    'getKeyUsage',
    async (request, reply) => {
      const usage = await keyUsage(context, principalOf(request), request.params.api_key, request.query)
      return 'denied' in usage ? sendRefusal(request, reply, usage) : usage
    },
    CHECKS,
  )

  addOperation<{ Querystring: UsageQuery }>(
    app,
    context,
    'getAccountUsage',
    async (request, reply) => {
      const usage = await accountUsage(context, principalOf(request), request.query)
      return 'denied' in usage ? sendRefusal(request, reply, usage) : usage
    },
    CHECKS,
  )

  addOperation<{ Querystring: DeploymentUsageQuery }>(app, context, 'getDeploymentUsage', async (request, reply) => {
    const usage = await deploymentUsage(context, request.query)
    return 'denied' in usage ? sendRefusal(request, reply, usage) : usage
  })
}
