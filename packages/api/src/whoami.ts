import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** The account and key behind a signed request. */
export const WhoAmI = named(
  'WhoAmI',
  Type.Object(
    {
      account_id: Type.String({ description: "The account's id (UUID v4)." }),
      external_id: Type.Optional(Type.String({ description: "The provider's own id of the account." })),
      api_key_id: Type.String({ description: "The key's id (UUID v4)." }),
      scopes: Type.Array(Type.String(), { description: 'What the key may do.', examples: [['read', 'write']] }),
      subaccount: Type.Optional(Type.Integer({ description: 'The sub-account that the key is bound to.' })),
      usage_tier: Type.String({ description: "Name of the account's usage tier.", examples: ['basic'] }),
      profile: Type.String({
        description: 'How this request carried its signature.',
        examples: ['http-message-signatures'],
      }),
    },
    { additionalProperties: false, description: 'Who signed the request.' },
  ),
)
export type WhoAmI = Static<typeof WhoAmI>
