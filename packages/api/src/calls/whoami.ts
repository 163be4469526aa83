import { call } from '../call.ts'

export const whoAmI = call({
  id: 'whoAmI',
  summary: 'Who signed this request, and what the key may do',
  tag: 'API keys',
  method: 'GET',
  path: '/whoami',
  scope: 'any',
  subaccountKeys: 'accepted',
  answers: {
    200: {
      description: 'The account and the key.',
      schema: 'WhoAmI',
      fields: { account_id: 'text', api_key_id: 'text', scopes: 'list' },
    },
  },
})
