import { expect, test } from 'vitest'
import { scopeTree, toggleScope } from './scope-words.ts'

const SCOPES = ['read', 'read::portfolio_balance', 'write', 'write::trade', 'write::transfer', 'orders::own']

test.each([
  [[], 'read', ['read']],
  [['read'], 'read', []],
  [['read'], 'write::trade', ['read', 'write::trade']],
  [[], 'write', ['read', 'write']],
  [['read', 'write'], 'read', []],
  [['read', 'write'], 'write', ['read']],
  [['write::trade', 'write::transfer'], 'write', ['read', 'write']],
  [['read::portfolio_balance'], 'write', ['read', 'write']],
  [['write::transfer'], 'write::trade', ['write::trade', 'write::transfer']],
  [['read'], 'orders::own', ['read', 'orders::own']],
])('%j with %s toggled is %j', (value, scope, next) => {
  expect(toggleScope(SCOPES, value, scope)).toEqual(next)
})

test('a tree has its parents in the configured order', () => {
  expect(scopeTree(SCOPES)).toEqual([
    { parent: 'read', children: ['read::portfolio_balance'] },
    { parent: 'write', children: ['write::trade', 'write::transfer'] },
    { parent: 'orders', children: ['orders::own'] },
  ])
})
