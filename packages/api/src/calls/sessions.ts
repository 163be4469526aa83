import { call } from '../call.ts'
import { NO_ACCOUNT, SESSION_LIST } from './answers.ts'

export const startSession = call({
  id: 'startSession',
  summary: 'Trade the code of a sign-in link for a session',
  tag: 'Sessions',
  method: 'POST',
  path: '/sessions',
  scope: 'public',
  noStore: true,
  body: 'StartSessionRequest',
  answers: {
    201: {
      description: 'The session; its first nonce begins with `Countersign-Nonce`.',
      schema: 'StartSessionResponse',
      fields: { session_id: 'text', expires_at: 'number' },
    },
    401: { description: 'The account is suspended.', schema: 'ErrorResponse' },
    404: { description: 'There is no such link.', schema: 'ErrorResponse' },
    409: { description: 'This public key is already registered in this account.', schema: 'ErrorResponse' },
    410: { description: 'The link was used, or has expired.', schema: 'ErrorResponse' },
  },
})

export const listSessions = call({
  id: 'listSessions',
  summary: "List the account's signed-in browsers",
  tag: 'Sessions',
  method: 'GET',
  path: '/sessions',
  scope: 'read',
  answers: { 200: { description: 'The sessions.', ...SESSION_LIST } },
})

export const endSession = call({
  id: 'endSession',
  summary: 'Sign a browser out: the caller, or another browser if the key may write',
  tag: 'Sessions',
  method: 'DELETE',
  path: '/sessions/{session}',
  scope: 'any',
  params: 'SessionParams',
  answers: {
    204: { description: 'The session has ended.', schema: null },
    404: { description: 'The account has no such session.', schema: 'ErrorResponse' },
  },
})

export const endOtherSessions = call({
  id: 'endOtherSessions',
  summary: 'Sign all browsers out but the caller',
  tag: 'Sessions',
  method: 'DELETE',
  path: '/sessions',
  scope: 'write',
  answers: {
    200: { description: 'The sessions have ended.', schema: 'EndSessionsResponse', fields: { ended: 'number' } },
  },
})

export const listAccountSessions = call({
  id: 'listAccountSessions',
  summary: "List an account's signed-in browsers",
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/accounts/{account}/sessions',
  scope: 'admin',
  params: 'AccountSessionsParams',
  answers: { 200: { description: 'The sessions.', ...SESSION_LIST }, ...NO_ACCOUNT },
})

export const endAccountSession = call({
  id: 'endAccountSession',
  summary: "Sign one of an account's browsers out",
  tag: 'Operators',
  method: 'DELETE',
  under: 'root',
  path: '/admin/v1/accounts/{account}/sessions/{session}',
  scope: 'admin',
  params: 'AccountSessionParams',
  answers: {
    204: { description: 'The session has ended.', schema: null },
    404: { description: 'The account has no such session.', schema: 'ErrorResponse' },
  },
})
