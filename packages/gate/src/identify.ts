import type { MaybePromise } from '@countersign/protocol'
import { askForSignature } from './accept-signature.ts'
import { andThen } from './and-then.ts'
import type { Denied } from './decision.ts'
import { explainSent } from './explain.ts'
import type { GateContext } from './gate-options.ts'
import type { GateRequest } from './request.ts'
import { checkAbuse } from './steps/check-abuse.ts'
import { checkClock } from './steps/check-clock.ts'
import { type Claim, findKey } from './steps/find-key.ts'
import { readSignature } from './steps/read-signature.ts'

/**
 * Reads which key a request claims to be signed by, and finds that key. Nothing is verified yet: every refusal here
 * rests on what anyone can know.
 */
export function identify(request: GateRequest, context: GateContext): MaybePromise<Claim | Denied> {
  const { headerNames, messageSignatures, windowMs, failureBudget, keys, sessionNonces, explain, now } = context
  const nowMs = now()
  const claimed = readSignature(request, headerNames, messageSignatures)
  if ('denied' in claimed) {
    return askForSignature(explainSent(claimed, request, explain, nowMs), request, messageSignatures.tag)
  }
  const fresh = checkClock(claimed, nowMs, windowMs)
  if ('denied' in fresh) return explainSent(fresh, request, explain, nowMs)
  const mayTry = checkAbuse(fresh, request.ip, failureBudget, nowMs)
  if ('denied' in mayTry) return mayTry
  return andThen(findKey(mayTry, keys, sessionNonces !== undefined), (found) => {
    // A failed look-up is not the sender's failure.
    if (!('denied' in found) || found.denied === 'service_unavailable') return found
    failureBudget.failed(request.ip, undefined, nowMs)
    return explainSent(found, request, explain, nowMs)
  })
}
