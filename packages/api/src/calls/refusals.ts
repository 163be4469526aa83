import { call } from '../call.ts'
import { KEY_REFUSALS, NO_SUCH_KEY } from './answers.ts'

export const listRefusals = call({
  id: 'listRefusals',
  summary: 'The last refused requests that provably came from the holder of a key',
  tag: 'API keys',
  method: 'GET',
  path: '/api_keys/{api_key}/refusals',
  scope: 'read',
  params: 'ApiKeyParams',
  answers: { 200: { description: 'The refusals.', ...KEY_REFUSALS }, ...NO_SUCH_KEY },
})

export const listAnyRefusals = call({
  id: 'listAnyRefusals',
  summary: 'The last refused requests that provably came from the holder of a key of any account',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/api_keys/{api_key}/refusals',
  scope: 'admin',
  params: 'ApiKeyParams',
  answers: { 200: { description: 'The refusals.', ...KEY_REFUSALS }, ...NO_SUCH_KEY },
})

export const listClaimedRefusals = call({
  id: 'listClaimedRefusals',
  summary: 'The last refused requests that do not prove their sender',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/refusals',
  scope: 'admin',
  answers: {
    200: {
      description: 'The refusals, with the claims of their senders.',
      schema: 'ListClaimedRefusalsResponse',
      fields: { refusals: 'list' },
    },
  },
})
