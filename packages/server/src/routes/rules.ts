import { explainRule, getRules } from '@countersign/api/calls'
import { describeExplanation, describeRules } from '../actions/describe-rules.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** The rules and usage tiers as they were loaded, and what they make of a request; for operators. */
export function addRuleCalls(addCall: AddCall, { settings, startedAtMs }: ServerContext): void {
  addCall(getRules, () => describeRules(settings, startedAtMs))
  addCall(explainRule, ({ query: { method, target } }) => describeExplanation(settings, method, target))
}
