import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** A key of any account as a gate needs it to decide requests: `KeyRecord` of the gate, whole. */
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
        Type.Integer({ description: 'Unix milliseconds from which on it is refused; never where absent.' }),
      ),
      account_suspended: Type.Boolean({ description: "Whether none of the account's keys works." }),
      usage_tier: Type.String({ description: "Name of the account's usage tier.", examples: ['basic'] }),
      minimum_profile: Type.Optional(
        Type.String({ description: 'The weakest signature profile that the key accepts; every profile where absent.' }),
      ),
      ip_allowlist: Type.Optional(
        Type.Array(Type.String(), {
          description: 'Networks (CIDR) that it may be used from; everywhere where absent.',
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
        Type.String({ description: 'The key whose bucket that is, where it is shared; its own where absent.' }),
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
