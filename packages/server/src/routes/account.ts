import type { AccountLimits, EndpointCosts } from '@countersign/api'
import type { FastifyInstance } from 'fastify'
import type { Bucket } from '../config.ts'
import type { ServerContext } from '../server-context.ts'
import { principalOf } from './authenticate.ts'
import { addOperation } from './operation.ts'

/** What an account may spend, and what requests cost. Both are configuration. */
export function addAccountRoutes(app: FastifyInstance, context: ServerContext): void {
  const { tiers, defaultTier, defaultCost, endpointCosts } = context.settings

  addOperation(app, context, 'getAccountLimits', async (request): Promise<AccountLimits> => {
    const { tier } = principalOf(request)
    // A tier that has left the configuration must not lock its accounts out.
    const limits = tiers[tier] ?? tiers[defaultTier]
    if (!limits) throw new Error(`the default tier ${defaultTier} is not configured`)
    return { usage_tier: tier, read: toWire(limits.read), write: toWire(limits.write), grants: [] }
  })

  addOperation(app, context, 'getEndpointCosts', async (): Promise<EndpointCosts> => {
    return { default_cost: defaultCost, endpoint_costs: endpointCosts.map((row) => ({ ...row })) }
  })
}

function toWire({ refillRate, capacity }: Bucket): AccountLimits['read'] {
  return { refill_rate: refillRate, bucket_capacity: capacity }
}
