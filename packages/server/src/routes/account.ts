import type { AccountLimits, EndpointCost } from '@countersign/api'
import { getAccountLimits, getEndpointCosts } from '@countersign/api/calls'
import type { Settings } from '../config/settings.ts'
import type { Bucket } from '../config/tier-schema.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** What an account may spend, and what requests cost. Both are configuration. */
export function addAccountCalls(addCall: AddCall, { settings }: ServerContext): void {
  const { tiers, defaultTier, defaultCost } = settings
  const costs = endpointCosts(settings)

  addCall(getAccountLimits, ({ actor: { tier } }) => {
    // An account whose tier was removed from the configuration must not be locked out.
    const limits = tiers[tier] ?? tiers[defaultTier]
    if (!limits) throw new Error(`the default tier ${defaultTier} is not configured`)
    return { usage_tier: tier, read: toWire(limits.read), write: toWire(limits.write), grants: [] }
  })

  addCall(getEndpointCosts, () => ({ default_cost: defaultCost, endpoint_costs: costs }))
}

function toWire({ refillRate, capacity }: Bucket): AccountLimits['read'] {
  return { refill_rate: refillRate, bucket_capacity: capacity }
}

/** The rules with a cost of their own, with the paths that clients call. A public route costs nothing. */
function endpointCosts({ rules, publicPrefix, basePath, defaultCost }: Settings): EndpointCost[] {
  return rules.flatMap(({ match, under, public: isPublic, cost = isPublic ? 0 : defaultCost }) => {
    const [method = '', path = ''] = match.split(' ')
    return cost === defaultCost
      ? []
      : [{ method, path: publicPrefix + (under === 'root' ? '' : basePath) + path, cost }]
  })
}
