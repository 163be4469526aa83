import { ExplainedRule, LoadedRule, LoadedTier, RuleTable, TokenBucket } from '@countersign/api'
import { Compile } from 'typebox/schema'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, type Settings } from '../config/settings.ts'
import { describeExplanation, describeRules } from './describe-rules.ts'

const SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  databaseUrl: 'sqlite::memory:',
  configFile: '/etc/countersign/countersign.config.ts',
  rules: [
    { match: 'POST /portfolio/orders', scope: 'write::trade', cost: 20 },
    { match: 'GET /portfolio/*', scope: 'read', minimumProfile: 'http-message-signatures', replay: 'all' },
    { match: 'GET /status', public: true },
  ],
}
const context = { 'LoadedRule#': LoadedRule, 'LoadedTier#': LoadedTier, 'TokenBucket#': TokenBucket }

describe('describeRules', () => {
  it('tells the table as it was loaded, without where its file lies', () => {
    const table = describeRules(SETTINGS, 1_703_123_456_789)
    expect(Compile(context, RuleTable).Check(table)).toBe(true)
    expect(table).toMatchObject({ file: 'countersign.config.ts', loaded_at: 1_703_123_456_789, default_cost: 10 })
    expect(table.rules[1]).toEqual({
      number: 2,
      match: 'GET /portfolio/*',
      scope: 'read',
      replay: 'all',
      minimum_profile: 'http-message-signatures',
    })
    expect(table.rules[2]).toEqual({ number: 3, match: 'GET /status', public: true })
    expect(table.tiers[0]).toEqual({
      name: 'basic',
      buckets: [
        { name: 'read', bucket: { bucket_capacity: 600, refill_rate: 200 } },
        { name: 'write', bucket: { bucket_capacity: 100, refill_rate: 100 } },
      ],
    })
  })
})

describe('describeExplanation', () => {
  it.each([
    [
      'GET',
      '/trade-api/v2/portfolio/orders?x=1',
      {
        passed_over: [{ number: 1, match: 'POST /portfolio/orders', why: 'method differs' }],
        rule: { number: 2, match: 'GET /portfolio/*' },
        needs: {
          scope: 'read',
          cost: 10,
          bucket: 'read',
          replay: 'strict',
          minimum_profile: 'http-message-signatures',
        },
      },
    ],
    ['GET', '/trade-api/v2/status', { rule: { number: 3, match: 'GET /status' }, public: true }],
    ['GET', '/trade-api/v2/a%2fb', { passed_over: [], refused: { status: 400, code: 'target_not_canonical' } }],
    ['PUT', '/', { refused: { status: 403, code: 'route_not_allowed' } }],
  ])('tells what is made of %s %s', (method, target, expected) => {
    const explained = describeExplanation(SETTINGS, method, target)
    expect(Compile({}, ExplainedRule).Check(explained)).toBe(true)
    expect(explained).toMatchObject(expected)
  })
})
