import { type Static, Type } from 'typebox'
import { named, refTo } from './schema.ts'

/** A token bucket: its capacity, and how fast it fills. */
export const TokenBucket = named(
  'TokenBucket',
  Type.Object(
    {
      refill_rate: Type.Number({ description: 'Tokens per second, refilled continuously.', examples: [200] }),
      bucket_capacity: Type.Number({ description: 'Tokens that the bucket holds when full.', examples: [600] }),
    },
    { additionalProperties: false, description: 'A token bucket.' },
  ),
)
export type TokenBucket = Static<typeof TokenBucket>

/** The usage tier of the caller's account and its two buckets. */
export const AccountLimits = named(
  'AccountLimits',
  Type.Object(
    {
      usage_tier: Type.String({ description: 'Name of the usage tier.', examples: ['basic'] }),
      read: refTo(TokenBucket),
      write: refTo(TokenBucket),
      grants: Type.Array(Type.Unknown(), { description: 'Limits beyond the tier. Always empty.', examples: [[]] }),
    },
    { additionalProperties: false, description: "The limits of the caller's account." },
  ),
)
export type AccountLimits = Static<typeof AccountLimits>

/** A route whose cost is not the default one. */
export const EndpointCost = named(
  'EndpointCost',
  Type.Object(
    {
      method: Type.String({ description: 'HTTP method, upper case.', examples: ['POST'] }),
      path: Type.String({ description: 'Path, base path included.', examples: ['/trade-api/v2/portfolio/orders'] }),
      cost: Type.Number({ description: 'Tokens that one request takes.', examples: [20] }),
    },
    { additionalProperties: false, description: 'What requests to one route cost.' },
  ),
)
export type EndpointCost = Static<typeof EndpointCost>

/** The cost of requests. */
export const EndpointCosts = named(
  'EndpointCosts',
  Type.Object(
    {
      default_cost: Type.Number({
        description: 'Tokens that a request takes where no row says otherwise.',
        examples: [10],
      }),
      endpoint_costs: Type.Array(refTo(EndpointCost), { description: 'Routes with another cost, and no others.' }),
    },
    { additionalProperties: false, description: 'What requests cost, in tokens.' },
  ),
)
export type EndpointCosts = Static<typeof EndpointCosts>
