import { call } from '../call.ts'

export const getRules = call({
  id: 'getRules',
  summary: 'The loaded rules and usage tiers',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/rules',
  scope: 'admin',
  answers: {
    200: { description: 'The rules and tiers.', schema: 'RuleTable', fields: { rules: 'list', tiers: 'list' } },
  },
})

export const explainRule = call({
  id: 'explainRule',
  summary: 'The rule for a request, and what it requires',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/rules/explain',
  scope: 'admin',
  query: 'ExplainRuleQuery',
  answers: {
    200: { description: 'The rule and its requirements.', schema: 'ExplainedRule', fields: { passed_over: 'list' } },
  },
})
