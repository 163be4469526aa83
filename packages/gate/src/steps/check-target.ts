import { targetProblem } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'

const METHOD = /^[A-Z]{1,32}$/
/** Most requests have one of these and need no pattern. */
const COMMON_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'])

/** Refuses a request line that could mean two things to two readers (docs/wire.md section 2). */
export function checkTarget({ method, target }: { method: string; target: string }): Denied | undefined {
  if (!COMMON_METHODS.has(method) && !METHOD.test(method)) return denied('request_malformed')
  const problem = targetProblem(target)
  return problem === undefined ? undefined : denied('target_not_canonical', problem)
}
