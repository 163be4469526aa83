import { type Static, Type } from 'typebox'
import { named, refTo } from './schema.ts'

const name = Type.String({
  description: '1 to 128 characters after trimming, no control characters. Need not be unique.',
  examples: ['pricing-bot'],
})

const scopes = Type.Optional(
  Type.Array(Type.String(), {
    description:
      'What the key may do. At least one, none twice; `write` requires `read`; `read::…` and `write::…` are parts of ' +
      'them. Omitted means `["read","write"]`. Never more than the calling key holds itself.',
    examples: [['read', 'write::trade']],
  }),
)

const subaccount = Type.Optional(
  Type.Integer({
    description: 'Binds the key to one sub-account, 0 to 63. Not together with `fcm_subtrader_id`.',
    examples: [3],
  }),
)

const fcmSubtraderId = Type.Optional(
  Type.String({ description: 'For accounts that are FCM members only. Not together with `subaccount`.' }),
)

const apiKeyId = Type.String({
  description: "The key's id (UUID v4), sent with every request that the key signs.",
  examples: ['8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'],
})

/** Body of a call that makes a key pair. Types only: values are refused by the server as `invalid_parameter`. */
export const GenerateKeyRequest = named(
  'GenerateKeyRequest',
  Type.Object(
    {
      name,
      key_type: Type.Optional(
        Type.String({ description: '`rsa` (2048 bits) or `ed25519`. Omitted means `rsa`.', examples: ['ed25519'] }),
      ),
      scopes,
      subaccount,
      fcm_subtrader_id: fcmSubtraderId,
    },
    { description: 'What the new key is called and may do.' },
  ),
)
export type GenerateKeyRequest = Static<typeof GenerateKeyRequest>

/** The one answer that ever holds this private key. */
export const GenerateKeyResponse = named(
  'GenerateKeyResponse',
  Type.Object(
    {
      api_key_id: apiKeyId,
      private_key: Type.String({
        description:
          'The private key as PEM: PKCS#1 for RSA, PKCS#8 for Ed25519. It is in this answer and nowhere else, and ' +
          'cannot be shown again.',
      }),
      key_type: Type.Union([Type.Literal('rsa'), Type.Literal('ed25519')], { description: 'The kind of key made.' }),
    },
    { additionalProperties: false, description: 'The new key with its private key.' },
  ),
)
export type GenerateKeyResponse = Static<typeof GenerateKeyResponse>

/** Body of a call that registers the caller's own public key. Types only, as above. */
export const CreateKeyRequest = named(
  'CreateKeyRequest',
  Type.Object(
    {
      name,
      public_key: Type.String({
        description:
          'The public key as PEM (`BEGIN PUBLIC KEY`, SubjectPublicKeyInfo): RSA of 2048 to 4096 bits with the ' +
          'exponent 65537, or Ed25519. Never the private key.',
      }),
      scopes,
      subaccount,
      fcm_subtrader_id: fcmSubtraderId,
    },
    { description: 'A public key to register, its name and what it may do.' },
  ),
)
export type CreateKeyRequest = Static<typeof CreateKeyRequest>

/** The id of a registered key. */
export const CreateKeyResponse = named(
  'CreateKeyResponse',
  Type.Object({ api_key_id: apiKeyId }, { additionalProperties: false, description: 'The registered key.' }),
)
export type CreateKeyResponse = Static<typeof CreateKeyResponse>

/** One key of a list. */
export const ApiKey = named(
  'ApiKey',
  Type.Object(
    {
      api_key_id: apiKeyId,
      name,
      scopes: Type.Array(Type.String(), { description: 'What the key may do.', examples: [['read', 'write']] }),
      subaccount: Type.Optional(
        Type.Integer({
          description: 'The sub-account that the key is bound to; absent where it is not.',
          examples: [3],
        }),
      ),
    },
    { additionalProperties: false, description: 'An API key, without any key material.' },
  ),
)
export type ApiKey = Static<typeof ApiKey>

/** One key with everything that is known of it. */
export const ApiKeyDetails = named(
  'ApiKeyDetails',
  Type.Object(
    {
      api_key_id: apiKeyId,
      name,
      state: Type.Union(
        [Type.Literal('active'), Type.Literal('disabled'), Type.Literal('revoked'), Type.Literal('expired')],
        { description: 'Whether requests that it signed are taken: only those of an `active` key are.' },
      ),
      key_type: Type.Union([Type.Literal('rsa'), Type.Literal('ed25519')], { description: 'The kind of key.' }),
      key_bits: Type.Integer({ description: 'Bits of the RSA modulus; 256 for Ed25519.', examples: [2048] }),
      public_key: Type.String({ description: 'The public key as PEM (SubjectPublicKeyInfo).' }),
      fingerprint: Type.String({
        description: 'SHA-256 of the public key (SubjectPublicKeyInfo, DER), base64url.',
        examples: ['47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
      }),
      scopes: Type.Array(Type.String(), { description: 'What the key may do.', examples: [['read', 'write']] }),
      subaccount: Type.Optional(
        Type.Integer({ description: 'The sub-account that the key is bound to.', examples: [3] }),
      ),
      minimum_profile: Type.Optional(
        Type.String({ description: 'The weakest signature profile that the key accepts; every profile where absent.' }),
      ),
      ip_allowlist: Type.Optional(
        Type.Array(Type.String(), {
          description: 'Networks (CIDR) that it may be used from; everywhere where absent.',
        }),
      ),
      made_by: Type.Optional(
        Type.String({ description: 'The id of the key that made this one; an operator made it where absent.' }),
      ),
      created_at: Type.Integer({ description: 'Unix milliseconds.', examples: [1703123456789] }),
      expires_at: Type.Optional(
        Type.Integer({ description: 'Unix milliseconds from which on it is refused; never where absent.' }),
      ),
    },
    { additionalProperties: false, description: 'An API key with everything that is known of it but its private key.' },
  ),
)
export type ApiKeyDetails = Static<typeof ApiKeyDetails>

/** All keys of the caller's account. */
export const ListKeysResponse = named(
  'ListKeysResponse',
  Type.Object(
    { api_keys: Type.Array(refTo(ApiKey), { description: "The account's keys." }) },
    { additionalProperties: false, description: "The keys of the caller's account." },
  ),
)
export type ListKeysResponse = Static<typeof ListKeysResponse>

/** Query of the list. */
export const ListKeysQuery = named(
  'ListKeysQuery',
  Type.Object({ fcm_subtrader_id: fcmSubtraderId }, { description: 'Narrows the list.' }),
)
export type ListKeysQuery = Static<typeof ListKeysQuery>

/** Path parameters of a call about one key. */
export const ApiKeyParams = named(
  'ApiKeyParams',
  Type.Object(
    { api_key: Type.String({ description: "The key's id.", examples: ['8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'] }) },
    { description: 'Names one key.' },
  ),
)
export type ApiKeyParams = Static<typeof ApiKeyParams>
