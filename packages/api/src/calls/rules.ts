import { call } from '../call.ts'

export const getRules = call({
  id: 'getRules',
  summary: 'The rules and usage tiers as they were loaded',
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
  summary: 'Which rule a request comes under, and what it then needs',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/rules/explain',
  scope: 'admin',
  query: 'ExplainRuleQuery',
  answers: {
    200: { description: 'What the rules make of it.', schema: 'ExplainedRule', fields: { passed_over: 'list' } },
  },
})
