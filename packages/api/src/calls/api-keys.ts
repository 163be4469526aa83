import { call } from '../call.ts'
import {
  ALREADY_MADE,
  CREATED_KEY,
  GENERATED_KEY,
  KEY_DETAILS,
  NO_KEY,
  REVOCATION,
  STATE_CONFLICT,
  THE_KEY,
} from './answers.ts'

export const generateApiKey = call({
  id: 'generateApiKey',
  summary: 'Make a key pair; the private key is in the answer and nowhere else',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys/generate',
  scope: 'write',
  profile: 'access-headers',
  repeatable: true,
  noStore: true,
  body: 'GenerateKeyRequest',
  answers: { 201: { description: 'The new key.', ...GENERATED_KEY }, ...ALREADY_MADE },
})

export const createApiKey = call({
  id: 'createApiKey',
  summary: 'Register your own public key',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys',
  scope: 'write',
  profile: 'access-headers',
  repeatable: true,
  body: 'CreateKeyRequest',
  answers: { 201: { description: 'The registered key.', ...CREATED_KEY }, ...ALREADY_MADE },
})

export const listApiKeys = call({
  id: 'listApiKeys',
  summary: "List the account's keys",
  tag: 'API keys',
  method: 'GET',
  path: '/api_keys',
  scope: 'read',
  profile: 'access-headers',
  query: 'ListKeysQuery',
  answers: { 200: { description: 'The keys.', schema: 'ListKeysAnswer', fields: { api_keys: 'list' } } },
})

export const getApiKey = call({
  id: 'getApiKey',
  summary: 'All details of one key',
  tag: 'API keys',
  method: 'GET',
  path: '/api_keys/{api_key}',
  scope: 'read',
  params: 'ApiKeyParams',
  answers: { 200: { description: 'The key.', ...KEY_DETAILS }, ...NO_KEY },
})

export const updateApiKey = call({
  id: 'updateApiKey',
  summary: 'Rename a key, narrow its scopes, change its restrictions',
  tag: 'API keys',
  method: 'PATCH',
  path: '/api_keys/{api_key}',
  scope: 'write',
  params: 'ApiKeyParams',
  body: 'UpdateKeyRequest',
  answers: { ...THE_KEY, ...NO_KEY, ...STATE_CONFLICT },
})

export const disableApiKey = call({
  id: 'disableApiKey',
  summary: 'Disable a key until it is enabled again',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys/{api_key}/disable',
  scope: 'write',
  params: 'ApiKeyParams',
  answers: { ...THE_KEY, ...NO_KEY, ...STATE_CONFLICT },
})

export const enableApiKey = call({
  id: 'enableApiKey',
  summary: 'Enable a disabled key',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys/{api_key}/enable',
  scope: 'write',
  params: 'ApiKeyParams',
  answers: { ...THE_KEY, ...NO_KEY, ...STATE_CONFLICT },
})

export const revokeApiKey = call({
  id: 'revokeApiKey',
  summary: 'Revoke a key for good; it stays listed with the reason',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys/{api_key}/revoke',
  scope: 'write',
  params: 'ApiKeyParams',
  body: 'RevokeKeyRequest',
  answers: { ...REVOCATION, ...NO_KEY },
})

export const deleteApiKey = call({
  id: 'deleteApiKey',
  summary: 'Delete a key; it stops working at once',
  tag: 'API keys',
  method: 'DELETE',
  path: '/api_keys/{api_key}',
  scope: 'write',
  profile: 'access-headers',
  params: 'ApiKeyParams',
  answers: { 204: { description: 'The key is deleted.', schema: null }, ...NO_KEY },
})
