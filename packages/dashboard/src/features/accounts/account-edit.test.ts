import type { Account } from '@countersign/api'
import { describe, expect, it, test } from 'vitest'
import {
  type AccountEdit,
  accountProblemsOf,
  accountUpdateOf,
  accountValuesOf,
  NEW_ACCOUNT,
  newAccountOf,
} from './account-edit.ts'

const ROW: Account = {
  account_id: '3f0b6f0e-3b0c-4b53-9f62-0f3f4f0c7a11',
  name: 'Acme',
  external_id: 'cus_1',
  usage_tier: 'basic',
  state: 'active',
  operator: false,
  api_keys: 2,
  metadata: { contact: 'a@b.example: night', desk: '4' },
  created_at: 0,
}

describe('an edit of an account', () => {
  it.each<[AccountEdit, object]>([
    [{}, {}],
    [{ name: ' Acme ', externalId: ' cus_1 ', tier: 'basic' }, {}],
    [{ name: 'Acme Trading' }, { name: 'Acme Trading' }],
    [{ externalId: '' }, { external_id: null }],
    [{ externalId: 'cus_2' }, { external_id: 'cus_2' }],
    [{ tier: 'prestige' }, { usage_tier: 'prestige' }],
    [{ notes: '\n' }, { metadata: null }],
    [{ notes: ' desk : 5 \n\n' }, { metadata: { desk: '5' } }],
  ])('%j sends what differs from before', (edit, request) => {
    expect(accountUpdateOf(ROW, edit)).toEqual(request)
  })

  it('shows one note a line', () => {
    expect(accountValuesOf(ROW, {}).notes).toBe('contact: a@b.example: night\ndesk: 4')
  })

  it.each<[AccountEdit, object]>([
    [{}, {}],
    [{ name: '' }, { name: 'The name must have 1 to 128 characters.' }],
    [{ notes: 'no colon' }, { notes: 'Each line is a name, a colon and a text.' }],
  ])('%j has these problems', (edit, problems) => {
    expect(accountProblemsOf(accountValuesOf(ROW, edit))).toEqual(problems)
  })
})

test('a new account leaves out what is empty', () => {
  expect(newAccountOf({ ...NEW_ACCOUNT, name: ' Acme ' })).toEqual({ name: 'Acme' })
  expect(newAccountOf({ ...NEW_ACCOUNT, name: 'Acme', externalId: ' cus_1 ', tier: 'basic' })).toEqual({
    name: 'Acme',
    external_id: 'cus_1',
    usage_tier: 'basic',
  })
})
