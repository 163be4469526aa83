import { expect, test } from 'vitest'
import type { Rule } from '../rules.ts'
import { checkQuery } from './check-query.ts'

test.each<[Rule | undefined, string, boolean]>([
  [{ query: 'refuse' }, '/orders', true],
  [{ query: 'refuse' }, '/orders?a=1', false],
  [{ query: 'refuse' }, '/orders?', false],
  [{ query: 'refuse' }, '/orders%3fa=1', true],
  [{}, '/orders?a=1', true],
  [undefined, '/orders?a=1', true],
])('rule %j, target %s: %s', (rule, target, isAllowed) => {
  expect(checkQuery(target, rule)?.denied).toBe(isAllowed ? undefined : 'route_not_allowed')
})
