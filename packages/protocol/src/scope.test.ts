import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SCOPES, grantsScope, missingScopes, SCOPES_WHEN_OMITTED, scopeListProblem } from './scope.ts'

describe('the default scopes', () => {
  it('are those of the contract', () => {
    expect(DEFAULT_SCOPES.toSorted()).toEqual(
      [
        'read',
        'read::block_trade_accept',
        'read::portfolio_balance',
        'write',
        'write::block_trade_accept',
        'write::fcm_risk',
        'write::trade',
        'write::transfer',
      ].toSorted(),
    )
    expect(SCOPES_WHEN_OMITTED).toEqual(['read', 'write'])
  })
})

describe('grantsScope', () => {
  it.each<[string[], string, boolean]>([
    [['read'], 'read', true],
    [['read'], 'read::portfolio_balance', true],
    [['read::portfolio_balance'], 'read::portfolio_balance', true],
    [['read::portfolio_balance'], 'read', false],
    [['read::portfolio_balance'], 'read::block_trade_accept', false],
    [['read'], 'write', false],
    [['write'], 'read', false],
    [['write'], 'write::trade', true],
    [['read'], 'write::block_trade_accept', false],
    [['read'], 'reader', false],
    [['read'], 'reader::x', false],
    [['read'], 'read:portfolio_balance', false],
    [[], 'read', false],
    [[], '', false],
  ])('of %j for %j is %j', (held, needed, expected) => {
    expect(grantsScope(held, needed)).toBe(expected)
  })

  it('never grants more for fewer scopes', () => {
    const scopes = fc.subarray([...DEFAULT_SCOPES])
    fc.assert(
      fc.property(scopes, scopes, fc.constantFrom(...DEFAULT_SCOPES), (fewer, others, needed) => {
        if (grantsScope(fewer, needed)) expect(grantsScope([...fewer, ...others], needed)).toBe(true)
      }),
    )
  })
})

describe('missingScopes', () => {
  it('names what is not granted, in order', () => {
    expect(
      missingScopes(['read', 'write::trade'], ['write', 'read::portfolio_balance', 'write::trade', 'admin']),
    ).toEqual(['write', 'admin'])
    expect(missingScopes(['read'], ['read', 'read::portfolio_balance'])).toEqual([])
    expect(missingScopes([], [])).toEqual([])
  })
})

describe('scopeListProblem', () => {
  it.each([
    [['read']],
    [['read', 'write']],
    [['write', 'read']],
    [['write::trade']],
    [['read::portfolio_balance', 'write::transfer']],
    [['read', 'read::portfolio_balance']],
    [[...DEFAULT_SCOPES]],
  ])('accepts %j', (scopes) => {
    expect(scopeListProblem(scopes, DEFAULT_SCOPES)).toBeUndefined()
  })

  it.each<[string[], RegExp]>([
    [[], /at least one/],
    [['write'], /"write" requires scope "read"/],
    [['write', 'read::portfolio_balance'], /requires/],
    [['read', 'read'], /"read" is listed twice/],
    [['write::trade', 'read', 'write::trade'], /"write::trade" is listed twice/],
    [['admin'], /unknown scope "admin"; known: read, /],
    [['READ'], /unknown/],
    [['read '], /unknown/],
    [['read::'], /unknown/],
    [['read::unheard_of'], /unknown/],
    [[''], /unknown/],
    [['__proto__'], /unknown/],
  ])('refuses %j', (scopes, problem) => {
    expect(scopeListProblem(scopes, DEFAULT_SCOPES)).toMatch(problem)
  })

  it('knows the scopes of the deployment only', () => {
    expect(scopeListProblem(['orders'], ['orders'])).toBeUndefined()
    expect(scopeListProblem(['read'], ['orders'])).toMatch(/unknown scope "read"; known: orders$/)
  })

  it('repeats what a sender wrote in bounds and escaped', () => {
    const problem = scopeListProblem([`\n<script>${'x'.repeat(5000)}`], ['read'])
    expect(problem).toMatch(/^unknown scope "\\n<script>x+…"; known: read$/)
    expect(problem?.length).toBeLessThan(150)
  })
})
