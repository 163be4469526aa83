import { call } from '../call.ts'
import { NO_KEY, NO_SUCH_KEY, ROTATION, STATE_CONFLICT, THE_ROTATION } from './answers.ts'

export const rotateApiKey = call({
  id: 'rotateApiKey',
  summary: 'Replace a key; the old one is accepted until a deadline',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys/{api_key}/rotate',
  scope: 'write',
  repeatable: true,
  noStore: true,
  params: 'ApiKeyParams',
  body: 'RotateKeyRequest',
  answers: {
    201: {
      description: 'The rotation, and the new key.',
      schema: 'RotateKeyResponse',
      fields: { api_key_id: 'text', rotation_id: 'text' },
    },
    ...NO_KEY,
    ...STATE_CONFLICT,
  },
})

export const getRotation = call({
  id: 'getRotation',
  summary: 'The latest rotation of a key, and the traffic still on the old one',
  tag: 'API keys',
  method: 'GET',
  path: '/api_keys/{api_key}/rotation',
  scope: 'read',
  params: 'ApiKeyParams',
  answers: {
    200: { description: 'The rotation.', ...ROTATION },
    404: {
      description: 'The account has no such key, or the key was never part of a rotation.',
      schema: 'ErrorResponse',
    },
  },
})

export const finishRotation = call({
  id: 'finishRotation',
  summary: 'End an open rotation now: the old key stops at once',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys/{api_key}/rotation/finish',
  scope: 'write',
  params: 'ApiKeyParams',
  answers: { ...THE_ROTATION, ...NO_KEY, ...STATE_CONFLICT },
})

export const abortRotation = call({
  id: 'abortRotation',
  summary: 'Abort an open rotation: the new key stops, the old one stays as it was',
  tag: 'API keys',
  method: 'POST',
  path: '/api_keys/{api_key}/rotation/abort',
  scope: 'write',
  params: 'ApiKeyParams',
  answers: { ...THE_ROTATION, ...NO_KEY, ...STATE_CONFLICT },
})

export const getAnyRotation = call({
  id: 'getAnyRotation',
  summary: 'The latest rotation of a key of any account',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/rotation',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: {
    200: { description: 'The rotation.', ...ROTATION },
    404: { description: 'There is no such key, or it was never part of a rotation.', schema: 'ErrorResponse' },
  },
})

export const finishAnyRotation = call({
  id: 'finishAnyRotation',
  summary: 'End an open rotation of any account now',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/rotation/finish',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { ...THE_ROTATION, ...NO_SUCH_KEY, ...STATE_CONFLICT },
})

export const abortAnyRotation = call({
  id: 'abortAnyRotation',
  summary: 'Abort an open rotation of any account',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/rotation/abort',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { ...THE_ROTATION, ...NO_SUCH_KEY, ...STATE_CONFLICT },
})
