import { explainRule, getRules } from '@countersign/api/calls'
import { describeExplanation, describeRules } from '../actions/describe-rules.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** The loaded rules and usage tiers, and their result for a request; for operators. */
export function addRuleCalls(addCall: AddCall, { settings, startedAtMs }: ServerContext): void {
  addCall(getRules, () => describeRules(settings, startedAtMs))
  addCall(explainRule, ({ query: { method, target } }) => describeExplanation(settings, method, target))
}
