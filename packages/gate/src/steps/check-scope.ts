import { grantsScope } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { Rule } from '../rules.ts'

/** Refuses a request that no rule allows, or whose rule needs a scope that the key does not hold. */
export function checkScope(record: KeyRecord, rule: Rule | undefined): Denied | undefined {
  if (!rule) return denied('route_not_allowed')
  if (rule.scope === undefined || grantsScope(record.scopes, rule.scope)) return undefined
  return denied('insufficient_scope', rule.scope)
}
