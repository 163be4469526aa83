import { call } from '../call.ts'

export const getAccountLimits = call({
  id: 'getAccountLimits',
  summary: "The account's usage tier and its token buckets",
  tag: 'Account',
  method: 'GET',
  path: '/account/limits',
  scope: 'read',
  profile: 'access-headers',
  subaccountKeys: 'accepted',
  answers: {
    200: {
      description: 'The limits.',
      schema: 'AccountLimits',
      fields: { usage_tier: 'text', read: 'object', write: 'object' },
    },
  },
})

export const getEndpointCosts = call({
  id: 'getEndpointCosts',
  summary: 'What requests cost in tokens',
  tag: 'Account',
  method: 'GET',
  path: '/account/endpoint_costs',
  scope: 'public',
  answers: { 200: { description: 'The costs.', schema: 'EndpointCosts', fields: { endpoint_costs: 'list' } } },
})
