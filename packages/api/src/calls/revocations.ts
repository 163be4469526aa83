import { call } from '../call.ts'

export const createRevocation = call({
  id: 'createRevocation',
  summary: 'Revoke a key everywhere, by a proof that you hold its private key',
  tag: 'API keys',
  method: 'POST',
  path: '/revocations',
  scope: 'public',
  body: 'RevocationRequest',
  answers: { 200: { description: 'The result.', schema: 'RevocationResponse', fields: { status: 'text' } } },
})
