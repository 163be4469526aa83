import { call } from '../call.ts'
import { ACCOUNT, EXTERNAL_ID_TAKEN, NO_ACCOUNT, STATE_CONFLICT, THE_ACCOUNT } from './answers.ts'

export const createAccount = call({
  id: 'createAccount',
  summary: 'Make an account',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/accounts',
  scope: 'admin',
  body: 'CreateAccountRequest',
  answers: { 201: { description: 'The new account.', ...ACCOUNT }, ...EXTERNAL_ID_TAKEN },
})

export const listAccounts = call({
  id: 'listAccounts',
  summary: 'List accounts',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/accounts',
  scope: 'admin',
  query: 'ListAccountsQuery',
  answers: { 200: { description: 'The accounts.', schema: 'AccountPage', fields: { accounts: 'list' } } },
})

export const getAccount = call({
  id: 'getAccount',
  summary: 'All details of one account',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/accounts/{account}',
  scope: 'admin',
  params: 'AccountParams',
  answers: { 200: { description: 'The account.', ...ACCOUNT }, ...NO_ACCOUNT },
})

export const updateAccount = call({
  id: 'updateAccount',
  summary: "Change an account's name, external id, usage tier or notes",
  tag: 'Operators',
  method: 'PATCH',
  under: 'root',
  path: '/admin/v1/accounts/{account}',
  scope: 'admin',
  params: 'AccountParams',
  body: 'UpdateAccountRequest',
  answers: { ...THE_ACCOUNT, ...NO_ACCOUNT, ...EXTERNAL_ID_TAKEN },
})

export const suspendAccount = call({
  id: 'suspendAccount',
  summary: 'Refuse all keys of an account until the suspension ends',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/accounts/{account}/suspend',
  scope: 'admin',
  params: 'AccountParams',
  body: 'SuspendAccountRequest',
  answers: { ...THE_ACCOUNT, ...NO_ACCOUNT, ...STATE_CONFLICT },
})

export const unsuspendAccount = call({
  id: 'unsuspendAccount',
  summary: 'End the suspension of an account',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/accounts/{account}/unsuspend',
  scope: 'admin',
  params: 'AccountParams',
  answers: { ...THE_ACCOUNT, ...NO_ACCOUNT },
})
