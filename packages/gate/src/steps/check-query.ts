import { type Denied, denied } from '../decision.ts'
import type { Rule } from '../rules.ts'

/** Refuses a query on a route whose rule refuses queries. */
export function checkQuery(target: string, rule: Rule | undefined): Denied | undefined {
  if (rule?.query !== 'refuse' || !target.includes('?')) return undefined
  return denied('route_not_allowed', 'this route takes no query')
}
