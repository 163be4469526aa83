import { call } from '../call.ts'
import { NO_SUCH_KEY } from './answers.ts'

export const getGateKey = call({
  id: 'getGateKey',
  summary: 'A key of any account, for a remote gate; needs the scope gate, which operators grant',
  tag: 'Gate',
  method: 'GET',
  under: 'root',
  path: '/gate/v1/keys/{api_key}',
  scope: 'gate',
  subaccountKeys: 'accepted',
  noStore: true,
  params: 'ApiKeyParams',
  answers: {
    200: {
      description: 'The key.',
      schema: 'GateKey',
      fields: { api_key_id: 'text', public_key: 'text', state: 'text' },
    },
    ...NO_SUCH_KEY,
  },
})

export const countDecisions = call({
  id: 'countDecisions',
  summary: 'Count the decisions of a remote gate; needs the scope gate',
  tag: 'Gate',
  method: 'POST',
  under: 'root',
  path: '/gate/v1/decisions',
  scope: 'gate',
  subaccountKeys: 'accepted',
  body: 'CountDecisionsRequest',
  answers: { 204: { description: 'The batch is counted, by this call or by an earlier one.', schema: null } },
})
