import { targetProblem } from '@countersign/protocol'
import type { Finding } from '../diagnosis.ts'
import type { RefusedRequest } from '../refused-request.ts'

/** What the server refuses in the request line before it reads any signature, or `undefined`. */
export function checkRequestLine({ method, target }: RefusedRequest): Finding | undefined {
  const problem = targetProblem(target)
  if (problem !== undefined) {
    return { cause: 'target_refused', confidence: 'certain', details: `The target: ${problem}.` }
  }
  return /^[A-Z]{1,32}$/.test(method) ? undefined : { cause: 'method_refused', confidence: 'certain' }
}
