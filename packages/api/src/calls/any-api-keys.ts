import { call } from '../call.ts'
import {
  ALREADY_MADE,
  CREATED_KEY,
  GENERATED_KEY,
  KEY_DETAILS,
  KEY_PAGE,
  NO_ACCOUNT,
  NO_SUCH_KEY,
  REVOCATION,
  STATE_CONFLICT,
  THE_KEY,
} from './answers.ts'

export const createAccountKey = call({
  id: 'createAccountKey',
  summary: 'Register a public key for an account',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/accounts/{account}/api_keys',
  scope: 'admin',
  repeatable: true,
  params: 'AccountParams',
  body: 'CreateKeyRequest',
  answers: { 201: { description: 'The registered key.', ...CREATED_KEY }, ...NO_ACCOUNT, ...ALREADY_MADE },
})

export const generateAccountKey = call({
  id: 'generateAccountKey',
  summary: 'Make a key pair for an account; the private key is in the answer and nowhere else',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/accounts/{account}/api_keys/generate',
  scope: 'admin',
  repeatable: true,
  noStore: true,
  params: 'AccountParams',
  body: 'GenerateKeyRequest',
  answers: { 201: { description: 'The new key.', ...GENERATED_KEY }, ...NO_ACCOUNT, ...ALREADY_MADE },
})

export const listAllApiKeys = call({
  id: 'listAllApiKeys',
  summary: 'List the keys of all accounts',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/api_keys',
  scope: 'admin',
  query: 'ListAllKeysQuery',
  answers: { 200: { description: 'The keys.', ...KEY_PAGE } },
})

export const getAnyApiKey = call({
  id: 'getAnyApiKey',
  summary: 'All details of a key of any account',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { 200: { description: 'The key.', ...KEY_DETAILS }, ...NO_SUCH_KEY },
})

export const updateAnyApiKey = call({
  id: 'updateAnyApiKey',
  summary: 'Rename a key of any account, narrow its scopes, change its restrictions',
  tag: 'Operators',
  method: 'PATCH',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}',
  scope: 'admin',
  params: 'ApiKeyParams',
  body: 'UpdateKeyRequest',
  answers: { ...THE_KEY, ...NO_SUCH_KEY, ...STATE_CONFLICT },
})

export const disableAnyApiKey = call({
  id: 'disableAnyApiKey',
  summary: 'Disable a key until an operator enables it again',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/disable',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { ...THE_KEY, ...NO_SUCH_KEY, ...STATE_CONFLICT },
})

export const enableAnyApiKey = call({
  id: 'enableAnyApiKey',
  summary: 'Enable a disabled key of any account',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/enable',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { ...THE_KEY, ...NO_SUCH_KEY, ...STATE_CONFLICT },
})

export const revokeAnyApiKey = call({
  id: 'revokeAnyApiKey',
  summary: 'Revoke a key of any account for good',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/revoke',
  scope: 'admin',
  params: 'ApiKeyParams',
  body: 'RevokeKeyRequest',
  answers: { ...REVOCATION, ...NO_SUCH_KEY },
})

export const deleteAnyApiKey = call({
  id: 'deleteAnyApiKey',
  summary: 'Delete a key of any account; it stops working at once',
  tag: 'Operators',
  method: 'DELETE',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { 204: { description: 'The key is deleted.', schema: null }, ...NO_SUCH_KEY },
})
