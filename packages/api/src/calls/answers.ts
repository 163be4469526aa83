/** The answer of several calls: the schema, and the fields that a client needs. */
export const KEY_DETAILS = {
  schema: 'ApiKeyDetails',
  fields: { api_key_id: 'text', name: 'text', state: 'text', scopes: 'list' },
} as const
export const KEY_PAGE = { schema: 'ApiKeyPage', fields: { api_keys: 'list' } } as const
export const CREATED_KEY = { schema: 'CreateKeyResponse', fields: { api_key_id: 'text' } } as const
export const GENERATED_KEY = {
  schema: 'GenerateKeyResponse',
  fields: { api_key_id: 'text', private_key: 'text', key_type: 'text' },
} as const
const REVOKED_KEYS = { schema: 'RevokeKeyResponse', fields: { revoked: 'list' } } as const
export const REVOCATION = {
  200: { description: 'It is revoked.', ...REVOKED_KEYS },
  202: {
    description: 'It is revoked. The keys that it made are being revoked: see the cascade.',
    ...REVOKED_KEYS,
  },
} as const
export const CASCADE = {
  schema: 'Cascade',
  fields: { api_key_id: 'text', state: 'text', revoked: 'number', passed: 'number' },
} as const
export const NO_CASCADE = {
  404: { description: 'There is no such key, or it was not revoked with `cascade`.', schema: 'ErrorResponse' },
} as const
export const KEY_REFUSALS = { schema: 'ListRefusalsResponse', fields: { refusals: 'list' } } as const
export const ROTATION = {
  schema: 'Rotation',
  fields: { rotation_id: 'text', state: 'text', deadline: 'number' },
} as const
export const ACCOUNT = { schema: 'Account', fields: { account_id: 'text', name: 'text', state: 'text' } } as const
export const SESSION_LIST = { schema: 'ListSessionsResponse', fields: { sessions: 'list' } } as const

/** The answers of calls that change something and return it as it is afterwards. */
export const THE_KEY = { 200: { description: 'The key as it is now.', ...KEY_DETAILS } } as const
export const THE_ROTATION = { 200: { description: 'The rotation as it is now.', ...ROTATION } } as const
export const THE_ACCOUNT = { 200: { description: 'The account as it is now.', ...ACCOUNT } } as const

/** Refusals of several calls, in addition to `usualRefusals`. */
export const NO_KEY = { 404: { description: 'The account has no such key.', schema: 'ErrorResponse' } } as const
export const NO_SUCH_KEY = { 404: { description: 'There is no such key.', schema: 'ErrorResponse' } } as const
export const NO_ACCOUNT = { 404: { description: 'There is no such account.', schema: 'ErrorResponse' } } as const
export const STATE_CONFLICT = {
  409: { description: 'The state of the key or of its rotation does not allow this.', schema: 'ErrorResponse' },
} as const
export const ALREADY_MADE = {
  409: {
    description: 'This public key is already registered in this account, or this Idempotency-Key has made a key.',
    schema: 'ErrorResponse',
  },
} as const
export const EXTERNAL_ID_TAKEN = {
  409: { description: 'Another account has this external id.', schema: 'ErrorResponse' },
} as const
