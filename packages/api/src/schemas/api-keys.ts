import { type Static, Type } from 'typebox'
import { TokenBucket } from './account.ts'
import { Cascade } from './cascades.ts'
import { nullable, optionalNullable, textsByName } from './nullable.ts'
import { named, queryText, refTo } from './schema.ts'

const name = Type.String({
  description: '1 to 128 characters after trimming, no control characters. Need not be unique.',
  examples: ['pricing-bot'],
})

const scopes = Type.Optional(
  Type.Array(Type.String(), {
    description:
      'What the key may do. At least one, none twice; `write` requires `read`; `read::…` and `write::…` are parts of ' +
      'them. Omitted means `["read","write"]`. Never more than the calling key holds.',
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

const RESTRICTIONS = {
  expires_at: Type.Integer({
    description: 'Unix milliseconds; from then on the key is refused. Not later than the end of the calling key.',
    examples: [1803123456789],
  }),
  ip_allowlist: Type.Array(Type.String(), {
    description:
      'Addresses and networks (CIDR, v4 and v6) that the key may be used from; 1 to 64. None outside those of the calling key.',
    examples: [['203.0.113.0/24', '2001:db8::/32']],
  }),
  minimum_profile: Type.String({
    description: 'The weakest signature profile that the key accepts: `access-headers` or `http-message-signatures`.',
    examples: ['http-message-signatures'],
  }),
  bucket: refTo(TokenBucket),
  metadata: textsByName(
    'Notes: at most 16 names of 1 to 64 characters, each with a text of at most 512; at most 4096 bytes as JSON.',
    {
      team: 'pricing',
    },
  ),
}

/** The optional fields of a new key. An absent field is inherited from the key that makes it. */
const restrictions = {
  expires_at: Type.Optional(RESTRICTIONS.expires_at),
  ip_allowlist: Type.Optional(RESTRICTIONS.ip_allowlist),
  minimum_profile: Type.Optional(RESTRICTIONS.minimum_profile),
  bucket: Type.Optional(RESTRICTIONS.bucket),
  metadata: Type.Optional(RESTRICTIONS.metadata),
}

/**
 * Body of a call that makes a key pair. The schema checks types only: the server refuses wrong values as
 * `invalid_parameter`.
 */
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
      ...restrictions,
    },
    { description: 'The name of the new key and what it may do.' },
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
      key_type: Type.Union([Type.Literal('rsa'), Type.Literal('ed25519')], { description: 'The type of the new key.' }),
    },
    { additionalProperties: false, description: 'The new key with its private key.' },
  ),
)
export type GenerateKeyResponse = Static<typeof GenerateKeyResponse>

/** Body of a call that registers the caller's own public key. The schema checks types only, as above. */
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
      proof: Type.Optional(
        Type.String({
          description:
            'Signature of the statement `register` by the private key, standard base64: proves that you hold it.',
        }),
      ),
      ...restrictions,
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
          description: 'The sub-account that the key is bound to; absent if it is not.',
          examples: [3],
        }),
      ),
    },
    { additionalProperties: false, description: 'An API key, without any key material.' },
  ),
)
export type ApiKey = Static<typeof ApiKey>

/** A key's usage by the hour, beside it in a list. */
export const HourlyCounts = named(
  'HourlyCounts',
  Type.Object(
    {
      allowed: Type.Array(Type.Integer(), { description: 'Allowed requests an hour, the oldest hour first.' }),
      not_allowed: Type.Array(Type.Integer(), {
        description: 'All other requests whose signature verified, in the same form.',
      }),
    },
    {
      additionalProperties: false,
      description: '24 hours of UTC; the last one is the present hour. Complete up to a second ago.',
    },
  ),
)
export type HourlyCounts = Static<typeof HourlyCounts>

/** The rotation of a key. */
export const RotationOfKey = named(
  'RotationOfKey',
  Type.Object(
    {
      rotation_id: Type.String({ description: "The rotation's id (UUID v4)." }),
      role: Type.Union([Type.Literal('old'), Type.Literal('new')], {
        description: 'Whether this key is being replaced or is the replacement.',
      }),
      other_api_key_id: Type.String({ description: 'The other key.' }),
      deadline: Type.Integer({ description: 'Unix milliseconds; from then on the old key is refused.' }),
    },
    { additionalProperties: false, description: 'An open rotation, as one of its keys sees it.' },
  ),
)
export type RotationOfKey = Static<typeof RotationOfKey>

/** One key with all its details. */
export const ApiKeyDetails = named(
  'ApiKeyDetails',
  Type.Object(
    {
      api_key_id: apiKeyId,
      account_id: Type.String({ description: 'The account that the key is of.' }),
      account_name: Type.String({ description: "That account's name.", examples: ['Acme Trading'] }),
      external_id: Type.Optional(Type.String({ description: "The provider's own id of the account." })),
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
        Type.String({ description: 'The weakest signature profile that the key accepts; absent means every profile.' }),
      ),
      ip_allowlist: Type.Optional(
        Type.Array(Type.String(), {
          description: 'Networks (CIDR) that it may be used from; absent means everywhere.',
        }),
      ),
      bucket: Type.Optional(refTo(TokenBucket)),
      bucket_of: Type.Optional(
        Type.String({
          description: 'The key whose bucket that is, where it is shared with the key that made this one.',
        }),
      ),
      metadata: Type.Optional(RESTRICTIONS.metadata),
      made_by: Type.Optional(
        Type.String({ description: 'The id of the key that made this one; absent if an operator made it.' }),
      ),
      created_at: Type.Integer({ description: 'Unix milliseconds.', examples: [1703123456789] }),
      expires_at: Type.Optional(
        Type.Integer({ description: 'Unix milliseconds; from then on it is refused; absent means never.' }),
      ),
      last_used_at: Type.Optional(
        Type.Integer({ description: 'Unix milliseconds of its last use, at most a minute late; absent means never.' }),
      ),
      last_used_ip: Type.Optional(Type.String({ description: 'The address of that use.', examples: ['203.0.113.7'] })),
      disabled_at: Type.Optional(Type.Integer({ description: 'Unix milliseconds; where it is disabled.' })),
      disabled_by: Type.Optional(
        Type.Union([Type.Literal('holder'), Type.Literal('operator')], {
          description: 'What an operator disabled, only an operator enables.',
        }),
      ),
      revoked_at: Type.Optional(Type.Integer({ description: 'Unix milliseconds; where it is revoked.' })),
      revoked_reason: Type.Optional(Type.String({ description: 'Why it was revoked.', examples: ['key_compromise'] })),
      revoked_note: Type.Optional(Type.String({ description: 'What was added to the reason.' })),
      rotation: Type.Optional(refTo(RotationOfKey)),
      last_24_hours: Type.Optional(refTo(HourlyCounts)),
    },
    { additionalProperties: false, description: 'An API key with everything that is known of it but its private key.' },
  ),
)
export type ApiKeyDetails = Static<typeof ApiKeyDetails>

/** Body of a call that changes a key. Values as for a new key. */
export const UpdateKeyRequest = named(
  'UpdateKeyRequest',
  Type.Object(
    {
      name: Type.Optional(name),
      scopes: Type.Optional(
        Type.Array(Type.String(), {
          description: 'What the key may do from now on: less than before. To widen, make a new key.',
          examples: [['read']],
        }),
      ),
      expires_at: optionalNullable(RESTRICTIONS.expires_at, 'null: it never expires.'),
      ip_allowlist: optionalNullable(RESTRICTIONS.ip_allowlist, 'null: everywhere.'),
      minimum_profile: optionalNullable(RESTRICTIONS.minimum_profile, 'null: every profile.'),
      bucket: Type.Optional(nullable(TokenBucket, 'A token bucket of its own beside that of its account; null: none.')),
      metadata: optionalNullable(RESTRICTIONS.metadata, 'null: none. Replaces all of them.'),
    },
    { description: 'What to change. Absent fields stay unchanged.' },
  ),
)
export type UpdateKeyRequest = Static<typeof UpdateKeyRequest>

/** Body of a revocation by somebody who may manage the key. */
export const RevokeKeyRequest = named(
  'RevokeKeyRequest',
  Type.Object(
    {
      reason: Type.String({
        description:
          '`key_compromise` (bars the public key in its account), `superseded` or `unspecified`. Kept with the key.',
        examples: ['key_compromise'],
      }),
      note: Type.Optional(Type.String({ description: 'Anything to add, at most 512 characters.' })),
      cascade: Type.Optional(
        Type.Boolean({
          description:
            'Also revoke the keys that this key made, the keys that those made, and so on. For a deleted key: these keys only.',
        }),
      ),
    },
    { description: 'Why, and how far.' },
  ),
)
export type RevokeKeyRequest = Static<typeof RevokeKeyRequest>

/** The keys that a revocation ended. */
export const RevokeKeyResponse = named(
  'RevokeKeyResponse',
  Type.Object(
    {
      revoked: Type.Array(Type.String(), {
        description: 'Ids of the keys that were not revoked before and are now.',
        examples: [['8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10']],
      }),
      cascade: Type.Optional(refTo(Cascade)),
    },
    {
      additionalProperties: false,
      description:
        'The keys that this call revoked. With 202: the keys that this key made are too many for one answer; `cascade` is the progress.',
    },
  ),
)
export type RevokeKeyResponse = Static<typeof RevokeKeyResponse>

/** All keys of the caller's account. */
export const ListKeysResponse = named(
  'ListKeysResponse',
  Type.Object(
    { api_keys: Type.Array(refTo(ApiKey), { description: "The account's keys." }) },
    { additionalProperties: false, description: "The keys of the caller's account." },
  ),
)
export type ListKeysResponse = Static<typeof ListKeysResponse>

/** A page of keys with all their details. */
export const ApiKeyPage = named(
  'ApiKeyPage',
  Type.Object(
    {
      api_keys: Type.Array(refTo(ApiKeyDetails), { description: 'The keys, in the order in which they were made.' }),
      total: Type.Integer({
        description: 'How many keys match, on all pages together: at least so many if `total_is_capped`.',
        examples: [312],
      }),
      total_is_capped: Type.Optional(
        Type.Literal(true, { description: 'Present where more may match: counting ended early.' }),
      ),
      next_cursor: Type.Optional(Type.String({ description: '`cursor` of the next page; absent on the last one.' })),
    },
    { additionalProperties: false, description: 'Keys that match.' },
  ),
)
export type ApiKeyPage = Static<typeof ApiKeyPage>

/** The list as docs/wire.md has it, or a page of the full view. */
export const ListKeysAnswer = named(
  'ListKeysAnswer',
  Type.Union([refTo(ListKeysResponse), refTo(ApiKeyPage)], {
    description: 'The keys of the account; with `view=full` a page with all their details.',
  }),
)
export type ListKeysAnswer = Static<typeof ListKeysAnswer>

const PAGE = {
  limit: queryText('Keys a page, 1 to 500; 100 where absent.', '100'),
  cursor: queryText('`next_cursor` of the page before.'),
}

const FILTERS = {
  q: queryText('Part of the name in any case, or the beginning of the key id or of the fingerprint.', 'pricing'),
  name: queryText('Part of the name, in any case.', 'pricing'),
  state: queryText(
    '`active`, `disabled`, `revoked`, `expired`, or `rotating`: the old key of an open rotation.',
    'active',
  ),
  scope: queryText('A scope that is on the list of the key; a parent is not found by its child.', 'write::trade'),
  key_type: queryText('`rsa` or `ed25519`.', 'ed25519'),
  fingerprint: queryText('The whole fingerprint.'),
  made_by: queryText('A key id: the keys that this key made, the keys that those made, and so on.'),
  expires_before: queryText('Unix milliseconds: keys that expire before, or have.', '1803123456789'),
  last_used_before: queryText(
    'Unix milliseconds: keys whose last use was before, and those never used.',
    '1703123456789',
  ),
}

/** Query of the list. */
export const ListKeysQuery = named(
  'ListKeysQuery',
  Type.Object(
    {
      fcm_subtrader_id: fcmSubtraderId,
      view: queryText(
        '`full`: a page of everything that is known of each key, with the parameters below; needs http-message-signatures.',
        'full',
      ),
      ...PAGE,
      ...FILTERS,
    },
    { description: 'Narrows the list.' },
  ),
)
export type ListKeysQuery = Static<typeof ListKeysQuery>

/** Query of the list over all accounts. */
export const ListAllKeysQuery = named(
  'ListAllKeysQuery',
  Type.Object(
    {
      account_id: queryText('The account that they are of.'),
      external_id: queryText("The provider's own id of that account."),
      ...PAGE,
      ...FILTERS,
    },
    { description: 'Narrows the list.' },
  ),
)
export type ListAllKeysQuery = Static<typeof ListAllKeysQuery>

/** Path parameters of a call about one key. */
export const ApiKeyParams = named(
  'ApiKeyParams',
  Type.Object(
    { api_key: Type.String({ description: "The key's id.", examples: ['8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'] }) },
    { description: 'Names one key.' },
  ),
)
export type ApiKeyParams = Static<typeof ApiKeyParams>
