import { expect, test } from 'vitest'
import { type Decision, denied, type Principal } from './decision.ts'
import { outcomeOf } from './outcome.ts'

const principal: Principal = { accountId: 'a', keyId: 'k', scopes: [], tier: 'basic', profile: 'access-headers' }

test.each<[Decision, string]>([
  [{ allowed: principal }, 'allowed'],
  [denied('insufficient_scope'), 'refused'],
  [denied('key_revoked'), 'refused'],
  [denied('too_many_requests'), 'limited'],
  [denied('account_share_full'), 'limited'],
  [denied('too_many_failures'), 'refused'],
  [denied('service_unavailable'), 'fault'],
  [denied('internal_error'), 'fault'],
])('%j is %s', (decision, outcome) => {
  expect(outcomeOf(decision)).toBe(outcome)
})
