import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** A key of any account, as a gate needs it to decide requests: the whole `KeyRecord` of the gate. */
export const GateKey = named(
  'GateKey',
  Type.Object(
    {
      api_key_id: Type.String({ description: "The key's id (UUID v4)." }),
      account_id: Type.String({ description: "Its account's id (UUID v4)." }),
      external_id: Type.Optional(Type.String({ description: "The provider's own id of the account." })),
      public_key: Type.String({ description: 'The public key as PEM (SubjectPublicKeyInfo).' }),
      scopes: Type.Array(Type.String(), { description: 'What the key may do.', examples: [['read', 'write']] }),
      subaccount: Type.Optional(Type.Integer({ description: 'The sub-account that the key is bound to.' })),
      state: Type.Union([Type.Literal('active'), Type.Literal('disabled'), Type.Literal('revoked')], {
        description: 'Its state, aside from its expiry and from its account.',
      }),
      expires_at: Type.Optional(
        Type.Integer({ description: 'Unix milliseconds; from then on it is refused; absent means never.' }),
      ),
      account_suspended: Type.Boolean({ description: "Whether none of the account's keys works." }),
      usage_tier: Type.String({ description: "Name of the account's usage tier.", examples: ['basic'] }),
      minimum_profile: Type.Optional(
        Type.String({ description: 'The weakest signature profile that the key accepts; absent means every profile.' }),
      ),
      ip_allowlist: Type.Optional(
        Type.Array(Type.String(), {
          description: 'Networks (CIDR) that it may be used from; absent means everywhere.',
        }),
      ),
      bucket: Type.Optional(
        Type.Object(
          {
            capacity: Type.Number({ description: 'Tokens when full.' }),
            refill_rate: Type.Number({ description: 'Tokens a second.' }),
          },
          { additionalProperties: false, description: "A token bucket of its own, beside its account's." },
        ),
      ),
      bucket_owner_id: Type.Optional(
        Type.String({ description: 'The key whose bucket that is, if it is shared; absent if it is its own.' }),
      ),
      is_session: Type.Optional(
        Type.Literal(true, { description: "Set on a browser's key, which is for Countersign itself only." }),
      ),
    },
    {
      additionalProperties: false,
      description: 'A key as a gate needs it. What restricts a key further will have another path than `/gate/v1`.',
    },
  ),
)
export type GateKey = Static<typeof GateKey>

const count = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000_000, description })

/** The counts of a remote gate. */
export const CountDecisionsRequest = named(
  'CountDecisionsRequest',
  Type.Object(
    {
      reporter: Type.String({
        pattern: '^[0-9a-f-]{36}$',
        description: 'The counter: each process has its own UUID.',
      }),
      sequence: Type.Integer({
        minimum: 1,
        description: 'The number of the batch, one above the last one. A number that was counted is not counted again.',
      }),
      minutes: Type.Array(
        Type.Object(
          {
            subject: Type.Union([Type.Literal('key'), Type.Literal('account'), Type.Literal('code')], {
              description: 'What the row counts.',
            }),
            id: Type.String({
              pattern: '^[a-z0-9_-]{1,64}$',
              description: 'The id of the key or account; the name of the refusal, or `allowed`.',
            }),
            at: Type.Integer({ minimum: 0, description: 'When the minute starts: Unix milliseconds.' }),
            allowed: count('Requests that were allowed.'),
            refused: count('Requests that were refused, but for an empty token bucket.'),
            limited: count('Requests that an empty token bucket refused.'),
            fault: count('Requests that a fault was the answer to.'),
          },
          { additionalProperties: false, description: 'The decisions of one minute about one subject.' },
        ),
        { maxItems: 200, description: 'Decisions by minute: of keys and accounts those whose signature verified.' },
      ),
      last_uses: Type.Array(
        Type.Object(
          {
            api_key_id: Type.String({ pattern: '^[0-9a-f-]{36}$', description: "The key's id (UUID v4)." }),
            at: Type.Integer({ minimum: 0, description: 'When: Unix milliseconds.' }),
            ip: Type.String({ maxLength: 64, description: 'From which address.' }),
          },
          { additionalProperties: false, description: 'When and from where a key was last used.' },
        ),
        { maxItems: 200, description: 'The last allowed request of each key.' },
      ),
    },
    { additionalProperties: false, description: 'Decisions that a gate elsewhere made, counted.' },
  ),
)
export type CountDecisionsRequest = Static<typeof CountDecisionsRequest>
