import { call } from '../call.ts'
import { NO_ACCOUNT, NO_KEY } from './answers.ts'

export const getKeyUsage = call({
  id: 'getKeyUsage',
  summary: 'Requests that one key signed, over time',
  tag: 'API keys',
  method: 'GET',
  path: '/api_keys/{api_key}/usage',
  scope: 'read',
  params: 'ApiKeyParams',
  query: 'UsageQuery',
  answers: {
    200: {
      description: 'The usage of the key.',
      schema: 'KeyUsage',
      fields: { step: 'text', total: 'object', points: 'list' },
    },
    ...NO_KEY,
  },
})

export const getAccountUsage = call({
  id: 'getAccountUsage',
  summary: "Requests that the account's keys signed, over time",
  tag: 'Account',
  method: 'GET',
  path: '/account/usage',
  scope: 'read',
  query: 'UsageQuery',
  answers: {
    200: {
      description: 'The usage of the account.',
      schema: 'AccountUsage',
      fields: { step: 'text', total: 'object', points: 'list' },
    },
  },
})

export const getDeploymentUsage = call({
  id: 'getDeploymentUsage',
  summary: 'Decisions over time: all of them, or those of one account or key',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/usage',
  scope: 'admin',
  query: 'DeploymentUsageQuery',
  answers: {
    200: {
      description: 'The usage.',
      schema: 'DeploymentUsage',
      fields: { step: 'text', total: 'object', points: 'list' },
    },
    ...NO_ACCOUNT,
  },
})
