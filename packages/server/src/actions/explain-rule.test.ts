import { compileRules, type Rule, type RuleRow } from '@countersign/gate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, type Settings } from '../config/settings.ts'
import { explainRule } from './explain-rule.ts'

const RULES: readonly RuleRow[] = [
  { match: 'POST /portfolio/orders', scope: 'write::trade', cost: 20, replay: 'strict', query: 'refuse' },
  { match: 'GET /markets/**' },
  { match: 'GET /portfolio/*/fills', scope: 'read', minimumProfile: 'http-message-signatures' },
  { match: 'GET /portfolio/*', scope: 'read', bucket: 'write', replay: 'all' },
  { match: '* /status', under: 'root', cost: 0, replay: 'off' },
]

const SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  databaseUrl: 'sqlite::memory:',
  configFile: '/srv/countersign.config.yaml',
  basePath: '/v1',
  defaultCost: 7,
  rules: RULES,
}

const explain = (method: string, target: string) => explainRule(SETTINGS, method, target)

describe('explainRule', () => {
  it('names the rule, those passed over and why, and what the request needs', () => {
    expect(explain('GET', '/v1/portfolio/orders?x=1')).toEqual({
      method: 'GET',
      target: '/v1/portfolio/orders?x=1',
      file: '/srv/countersign.config.yaml',
      passedOver: [
        { number: 1, match: 'POST /portfolio/orders', why: 'method differs' },
        { number: 2, match: 'GET /markets/**', why: 'path differs' },
        { number: 3, match: 'GET /portfolio/*/fills', why: 'path differs' },
      ],
      rule: { number: 4, match: 'GET /portfolio/*' },
      needs: { scope: 'read', cost: 7, bucket: 'write', replay: 'strict' },
    })
    expect(explain('HEAD', '/v1/portfolio/orders').passedOver.map(({ why }) => why)).toEqual([
      'method differs',
      'path differs',
      'path differs',
    ])
    expect(explain('DELETE', '/v1/x').passedOver.map(({ why }) => why)).toEqual([
      'method and path differ',
      'method and path differ',
      'method and path differ',
      'method and path differ',
      'path differs',
    ])
  })

  it('takes the public prefix off, where the target has it', () => {
    const explained = (target: string) => explainRule({ ...SETTINGS, publicPrefix: '/gw' }, 'GET', target).rule?.number
    expect(['/gw/v1/markets/a', '/v1/markets/a', '/gwx/v1/markets/a'].map(explained)).toEqual([2, 2, undefined])
  })

  it.each([
    ['POST', '/v1/portfolio/orders', { scope: 'write::trade', cost: 20, bucket: 'write', replay: 'strict' }],
    ['GET', '/v1/markets/a/b', { cost: 7, bucket: 'read', replay: 'off' }],
    ['HEAD', '/v1/markets/a', { cost: 7, bucket: 'read', replay: 'off' }],
    [
      'GET',
      '/v1/portfolio/a/fills',
      { scope: 'read', cost: 7, bucket: 'read', replay: 'off', minimumProfile: 'http-message-signatures' },
    ],
    ['PUT', '/status', { cost: 0, bucket: 'write', replay: 'off' }],
  ])('tells the defaults of %s %s too', (method, target, needs) => {
    expect(explain(method, target).needs).toEqual(needs)
  })

  it.each([
    ['GET', '/portfolio/orders', { status: 403, code: 'route_not_allowed' }],
    ['GET', '/v1/a%2fb', { status: 400, code: 'target_not_canonical', details: 'it contains %2f' }],
    ['GET', 'v1/a', { status: 400, code: 'target_not_canonical', details: 'it does not begin with /' }],
    ['get', '/v1/a', { status: 400, code: 'bad_request' }],
    ['POST', '/v1/portfolio/orders?', { status: 403, code: 'route_not_allowed', details: 'this route takes no query' }],
  ])('says how %s %s is refused', (method, target, refused) => {
    const explained = explain(method, target)
    expect(explained.refused).toEqual(refused)
    expect(explained).not.toHaveProperty('needs')
  })

  it('has passed over all rules where none matches, and none where the target was not clear', () => {
    expect(explain('GET', '/other').passedOver).toHaveLength(RULES.length)
    expect(explain('GET', '//other').passedOver).toEqual([])
  })

  it('explains the default rules where none are configured', () => {
    const { configFile, ...settings } = { ...SETTINGS, rules: [] }
    expect(explainRule(settings, 'GET', '/x')).toEqual({
      method: 'GET',
      target: '/x',
      passedOver: [],
      needs: { scope: 'read', cost: 7, bucket: 'read', replay: 'off' },
    })
    expect(explainRule(settings, 'DELETE', '/x').needs).toEqual({
      scope: 'write',
      cost: 7,
      bucket: 'write',
      replay: 'on',
    })
  })

  it('finds the rule that the gate finds', () => {
    const segment = fc.constantFrom('a', 'b', '*', '%61')
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => `/${segments.join('/')}`)
    const method = fc.constantFrom('GET', 'HEAD', 'POST')
    const row = fc
      .record({ method: fc.oneof(method, fc.constant('*')), path, end: fc.constantFrom('', '/', '/**') })
      .map(({ method, path, end }): RuleRow => ({ match: `${method} ${path.replaceAll('%61', 'a')}${end}` }))
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), method, path, (rules, method, path) => {
        const { rule } = explainRule({ ...SETTINGS, rules }, method, `/v1${path}?q`)
        const found = compileRules(rules, '/v1')(method, `/v1${path}`)
        const plain: readonly Rule[] = rules
        expect(rule?.number).toBe(found && plain.indexOf(found) + 1)
      }),
    )
  })
})
