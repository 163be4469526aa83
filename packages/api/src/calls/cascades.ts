import { call } from '../call.ts'
import { CASCADE, NO_CASCADE } from './answers.ts'

export const getCascade = call({
  id: 'getCascade',
  summary: 'How far the last revocation of a key with `cascade` is',
  tag: 'API keys',
  method: 'GET',
  path: '/api_keys/{api_key}/cascade',
  scope: 'read',
  params: 'ApiKeyParams',
  answers: { 200: { description: 'The progress.', ...CASCADE }, ...NO_CASCADE },
})

export const getAnyCascade = call({
  id: 'getAnyCascade',
  summary: 'How far the last revocation of a key of any account with `cascade` is',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/cascade',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { 200: { description: 'The progress.', ...CASCADE }, ...NO_CASCADE },
})
