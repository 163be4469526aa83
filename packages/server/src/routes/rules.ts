import type { ExplainRuleQuery } from '@countersign/api'
import type { FastifyInstance } from 'fastify'
import { describeExplanation, describeRules } from '../actions/describe-rules.ts'
import type { ServerContext } from '../server-context.ts'
import { addOperation } from './operation.ts'

/** The rules and usage tiers as they were loaded, and what they make of a request; for operators. */
export function addRuleRoutes(app: FastifyInstance, context: ServerContext): void {
  const { settings, startedAtMs } = context
  addOperation(app, context, 'getRules', async () => describeRules(settings, startedAtMs))
  addOperation<{ Querystring: ExplainRuleQuery }>(app, context, 'explainRule', async (request) =>
    describeExplanation(settings, request.query.method, request.query.target),
  )
}
