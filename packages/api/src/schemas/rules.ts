import { type Static, Type } from 'typebox'
import { TokenBucket } from './account.ts'
import { named, refTo } from './schema.ts'

const number = Type.Integer({ description: 'Its place in the table, from 1.', examples: [4] })
const match = Type.String({ description: 'Method and path that it is for.', examples: ['GET /portfolio/*'] })
const scope = Type.Optional(Type.String({ description: 'The scope that a key needs; if absent, any key may call.' }))
const minimumProfile = Type.Optional(
  Type.String({ description: 'The weakest signature profile accepted; absent means every profile.' }),
)

const isPublic = Type.Optional(
  Type.Boolean({ description: 'true: no signature is needed, and the API gets no caller.' }),
)

/** One loaded rule. */
export const LoadedRule = named(
  'LoadedRule',
  Type.Object(
    {
      number,
      match,
      under: Type.Optional(
        Type.String({ description: '`root`: its path is the whole path, not what follows the base path.' }),
      ),
      public: isPublic,
      scope,
      cost: Type.Optional(Type.Number({ description: 'Tokens; the default cost if absent.' })),
      bucket: Type.Optional(
        Type.String({ description: 'The bucket that they are taken from; if absent, the method decides.' }),
      ),
      replay: Type.Optional(Type.String({ description: 'What is said of replay: `off`, `all` or `strict`.' })),
      query: Type.Optional(Type.String({ description: '`refuse`: a request with a query is refused.' })),
      minimum_profile: minimumProfile,
    },
    { additionalProperties: false, description: 'A rule: what requests to a route need.' },
  ),
)
export type LoadedRule = Static<typeof LoadedRule>

/** A loaded usage tier. */
export const LoadedTier = named(
  'LoadedTier',
  Type.Object(
    {
      name: Type.String({ description: 'Its name.', examples: ['basic'] }),
      buckets: Type.Array(
        Type.Object(
          {
            name: Type.String({ description: "The bucket's name.", examples: ['read'] }),
            bucket: refTo(TokenBucket),
          },
          { additionalProperties: false, description: 'A bucket by its name.' },
        ),
        { description: 'Its token buckets.' },
      ),
    },
    { additionalProperties: false, description: 'A usage tier: what accounts of it may spend.' },
  ),
)
export type LoadedTier = Static<typeof LoadedTier>

/** The rules and usage tiers of the server. */
export const RuleTable = named(
  'RuleTable',
  Type.Object(
    {
      file: Type.Optional(
        Type.String({ description: 'Name of the configuration file; absent where there is none, and defaults hold.' }),
      ),
      loaded_at: Type.Integer({ description: 'When the server read it, at its start: Unix milliseconds.' }),
      mode: Type.Union([Type.Literal('enforce'), Type.Literal('observe')], {
        description: '`observe` decides and logs, and refuses nothing.',
      }),
      default_cost: Type.Number({ description: 'Tokens where a rule names no cost.', examples: [10] }),
      rules: Type.Array(refTo(LoadedRule), {
        description: 'In order: the first match counts. Empty: GET and HEAD need `read`, all else `write`.',
      }),
      tiers: Type.Array(refTo(LoadedTier), { description: 'Lowest first.' }),
    },
    { additionalProperties: false, description: 'The rules and usage tiers of this server.' },
  ),
)
export type RuleTable = Static<typeof RuleTable>

/** The request to explain. */
export const ExplainRuleQuery = named(
  'ExplainRuleQuery',
  Type.Object(
    {
      method: Type.String({ description: 'HTTP method, upper case.', examples: ['GET'] }),
      target: Type.String({
        description: 'Path and query as a client would send them, base path included.',
        examples: ['/trade-api/v2/portfolio/orders?status=open'],
      }),
    },
    { description: 'A request, before anything is known of its signature.' },
  ),
)
export type ExplainRuleQuery = Static<typeof ExplainRuleQuery>

/** The result of the rules for a request. */
export const ExplainedRule = named(
  'ExplainedRule',
  Type.Object(
    {
      passed_over: Type.Array(
        Type.Object(
          { number, match, why: Type.String({ description: 'What differs.', examples: ['path differs'] }) },
          { additionalProperties: false, description: 'A rule that was asked and did not match.' },
        ),
        { description: 'The rules that did not match, in order.' },
      ),
      rule: Type.Optional(
        Type.Object({ number, match }, { additionalProperties: false, description: 'The rule that matches.' }),
      ),
      public: isPublic,
      needs: Type.Optional(
        Type.Object(
          {
            scope,
            cost: Type.Number({ description: 'Tokens that it takes.' }),
            bucket: Type.String({ description: 'The bucket that they are taken from.' }),
            replay: Type.String({
              description: '`on`: its signature counts once. `strict`: the signature alone, whatever the body is.',
            }),
            minimum_profile: minimumProfile,
          },
          {
            additionalProperties: false,
            description: 'What the request needs; absent where it is refused, and where the rule is public.',
          },
        ),
      ),
      refused: Type.Optional(
        Type.Object(
          {
            status: Type.Integer({ description: 'HTTP status.' }),
            code: Type.String({ description: 'Stable code.', examples: ['route_not_allowed'] }),
            details: Type.Optional(Type.String({ description: 'Distinguishes this refusal from others of its code.' })),
          },
          { additionalProperties: false, description: 'Why it is refused for every key.' },
        ),
      ),
    },
    { additionalProperties: false, description: 'What the rules make of a request, defaults included.' },
  ),
)
export type ExplainedRule = Static<typeof ExplainedRule>
