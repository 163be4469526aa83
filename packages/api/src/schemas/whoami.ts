import { type Static, Type } from 'typebox'
import { TokenBucket } from './account.ts'
import { named, refTo } from './schema.ts'

/** The account and key behind a signed request. */
export const WhoAmI = named(
  'WhoAmI',
  Type.Object(
    {
      account_id: Type.String({ description: "The account's id (UUID v4)." }),
      account_name: Type.String({ description: "The account's name.", examples: ['Acme Trading'] }),
      external_id: Type.Optional(Type.String({ description: "The provider's own id of the account." })),
      operator: Type.Boolean({ description: 'Whether this key has operator powers: it holds the scope `admin`.' }),
      api_key_id: Type.String({ description: "The key's id (UUID v4)." }),
      api_key_name: Type.String({ description: "The key's name.", examples: ['pricing-bot'] }),
      scopes: Type.Array(Type.String(), { description: 'What the key may do.', examples: [['read', 'write']] }),
      subaccount: Type.Optional(Type.Integer({ description: 'The sub-account that the key is bound to.' })),
      expires_at: Type.Optional(
        Type.Integer({ description: 'Unix milliseconds; from then on the key is refused; absent means never.' }),
      ),
      ip_allowlist: Type.Optional(
        Type.Array(Type.String(), { description: 'Networks that the key may be used from; absent means everywhere.' }),
      ),
      minimum_profile: Type.Optional(
        Type.String({ description: 'The weakest signature profile that the key accepts; absent means every profile.' }),
      ),
      bucket: Type.Optional(refTo(TokenBucket)),
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
