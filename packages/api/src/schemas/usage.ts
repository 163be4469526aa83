import { type Static, Type } from 'typebox'
import { named, refTo } from './schema.ts'

const apiKeyId = Type.String({
  description: "The key's id (UUID v4).",
  examples: ['8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'],
})

const counts = {
  allowed: Type.Integer({ description: 'Requests that were allowed.', examples: [20391] }),
  refused: Type.Integer({ description: 'Requests that were refused, but for an empty token bucket.', examples: [37] }),
  limited: Type.Integer({ description: 'Requests that an empty token bucket refused.', examples: [2] }),
  fault: Type.Integer({ description: 'Requests that a fault was the answer to (500 and above).', examples: [0] }),
}

/** How many requests had which outcome. */
export const UsageCounts = named(
  'UsageCounts',
  Type.Object(counts, { additionalProperties: false, description: 'How many requests had which outcome.' }),
)
export type UsageCounts = Static<typeof UsageCounts>

/** The counts of one step of time. */
export const UsagePoint = named(
  'UsagePoint',
  Type.Object(
    {
      at: Type.Integer({ description: 'When the step starts: Unix milliseconds.', examples: [1703122800000] }),
      ...counts,
    },
    { additionalProperties: false, description: 'The counts of one step of time.' },
  ),
)
export type UsagePoint = Static<typeof UsagePoint>

/** A key with its counts over the whole range. */
export const UsageOfKey = named(
  'UsageOfKey',
  Type.Object(
    {
      api_key_id: apiKeyId,
      name: Type.Optional(
        Type.String({ description: "The key's name, or the browser's; absent where it was deleted." }),
      ),
      is_browser: Type.Optional(
        Type.Literal(true, { description: "Set on a browser's key. Its requests are no longer counted." }),
      ),
      account_id: Type.Optional(Type.String({ description: 'Its account; absent where its name is.' })),
      ...counts,
    },
    { additionalProperties: false, description: 'A key with its counts over the whole range.' },
  ),
)
export type UsageOfKey = Static<typeof UsageOfKey>

/** An account with its counts over the whole range. */
export const UsageOfAccount = named(
  'UsageOfAccount',
  Type.Object(
    {
      account_id: Type.String({ description: "The account's id (UUID v4)." }),
      name: Type.Optional(Type.String({ description: "The account's name." })),
      ...counts,
    },
    { additionalProperties: false, description: 'An account with its counts over the whole range.' },
  ),
)
export type UsageOfAccount = Static<typeof UsageOfAccount>

/** An answer's code with its counts over the whole range. */
export const UsageOfCode = named(
  'UsageOfCode',
  Type.Object(
    {
      code: Type.String({ description: '`allowed`, or the name of the refusal.', examples: ['too_many_requests'] }),
      ...counts,
    },
    { additionalProperties: false, description: 'A code with its counts over the whole range.' },
  ),
)
export type UsageOfCode = Static<typeof UsageOfCode>

const series = {
  step: Type.Union([Type.Literal('minute'), Type.Literal('hour'), Type.Literal('day')], {
    description: 'How long each point is. Days are those of UTC.',
  }),
  from: Type.Integer({ description: 'When the first point starts: Unix milliseconds.', examples: [1703116800000] }),
  to: Type.Integer({ description: 'When the last point ends: Unix milliseconds.', examples: [1703203200000] }),
  kept_from: Type.Integer({
    description: 'Points that start earlier were deleted by age and tell 0: Unix milliseconds.',
    examples: [1695340800000],
  }),
  total: refTo(UsageCounts),
  points: Type.Array(refTo(UsagePoint), {
    description: 'A point for every step of the range, oldest first. Counted up to a second ago.',
  }),
}

/** One key's requests over time. */
export const KeyUsage = named(
  'KeyUsage',
  Type.Object(
    { api_key_id: apiKeyId, ...series },
    { additionalProperties: false, description: 'Requests whose signature this key verified, over time.' },
  ),
)
export type KeyUsage = Static<typeof KeyUsage>

/** A token bucket of an account, with its present level. */
export const BucketLevel = named(
  'BucketLevel',
  Type.Object(
    {
      bucket: Type.String({ description: 'Name of the bucket.', examples: ['read'] }),
      tokens: Type.Unsafe<number | null>({
        type: ['number', 'null'],
        description: 'Tokens in it now; null while the Redis that holds the buckets does not answer.',
        examples: [252],
      }),
      bucket_capacity: Type.Number({ description: 'Tokens that it holds when full.', examples: [600] }),
      refill_rate: Type.Number({ description: 'Tokens per second, refilled continuously.', examples: [200] }),
    },
    { additionalProperties: false, description: 'A token bucket as it is now.' },
  ),
)
export type BucketLevel = Static<typeof BucketLevel>

/** An account's requests over time. */
export const AccountUsage = named(
  'AccountUsage',
  Type.Object(
    {
      account_id: Type.String({ description: "The account's id (UUID v4)." }),
      ...series,
      top_keys: Type.Array(refTo(UsageOfKey), { description: 'Its busiest keys, 10 at most, busiest first.' }),
      buckets: Type.Array(refTo(BucketLevel), {
        description: 'Its token buckets as they are now, on the node that answers.',
      }),
    },
    { additionalProperties: false, description: 'Requests whose signature keys of the account verified, over time.' },
  ),
)
export type AccountUsage = Static<typeof AccountUsage>

/** The decisions of the whole deployment over time. */
export const DeploymentUsage = named(
  'DeploymentUsage',
  Type.Object(
    {
      ...series,
      top_keys: Type.Array(refTo(UsageOfKey), { description: 'The busiest keys, 10 at most, busiest first.' }),
      top_accounts: Type.Array(refTo(UsageOfAccount), {
        description: 'The busiest accounts, 10 at most, busiest first.',
      }),
      top_codes: Type.Array(refTo(UsageOfCode), { description: 'The most frequent codes, 10 at most.' }),
    },
    {
      additionalProperties: false,
      description:
        'Every decision over time. Requests without a valid signature are included: they count in `total`, `points` ' +
        'and `top_codes` only. For one account or key: its own requests only, and `top_codes` is empty.',
    },
  ),
)
export type DeploymentUsage = Static<typeof DeploymentUsage>

const range = {
  from: Type.Optional(
    Type.String({
      description:
        'Unix milliseconds; the step that holds this time is the first one. By default 60 minutes, 24 hours or 30 days before `to`, by the step.',
      examples: ['1703116800000'],
    }),
  ),
  to: Type.Optional(
    Type.String({
      description: 'Unix milliseconds, the end of the range; now by default. 1,500 steps at most.',
      examples: ['1703203200000'],
    }),
  ),
  step: Type.Optional(
    Type.String({ description: '`minute`, `hour` or `day`; `hour` by default.', examples: ['hour'] }),
  ),
}

/** The time range of usage, and its step. */
export const UsageQuery = named('UsageQuery', Type.Object(range, { description: 'Which time, and how finely.' }))
export type UsageQuery = Static<typeof UsageQuery>

/** The key or account, the time range and the step for an operator. */
export const DeploymentUsageQuery = named(
  'DeploymentUsageQuery',
  Type.Object(
    {
      ...range,
      account_id: Type.Optional(Type.String({ description: 'Only the requests of this account.' })),
      api_key_id: Type.Optional(Type.String({ description: 'Only the requests of this key. Not with `account_id`.' })),
    },
    { description: 'Whose usage, which time, and how finely.' },
  ),
)
export type DeploymentUsageQuery = Static<typeof DeploymentUsageQuery>
