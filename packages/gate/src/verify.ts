import type { MaybePromise } from '@countersign/protocol'
import { andThen } from './and-then.ts'
import type { Denied } from './decision.ts'
import { explainSignature } from './explain.ts'
import type { GateContext } from './gate-options.ts'
import type { GateRequest } from './request.ts'
import { checkAbuse } from './steps/check-abuse.ts'
import { checkSignature } from './steps/check-signature.ts'
import { type Claim, findKey } from './steps/find-key.ts'

/**
 * Verifies that the claimed key signed the request. Returns the claim with the key as it is then, or a refusal, which
 * is counted.
 */
export function verify(request: GateRequest, claim: Claim, context: GateContext): MaybePromise<Claim | Denied> {
  const { failureBudget, keys, sessionNonces, explain, now, queue } = context
  const { signature, record } = claim
  const { ip } = request
  const stranger = failureBudget.knows(ip, record.keyId, now())
    ? undefined
    : {
        mayStillTry: () => checkAbuse([signature], ip, failureBudget, now()),
        findAgain: () => findKey([signature], keys, sessionNonces !== undefined),
      }
  return andThen(checkSignature(claim, queue, stranger), (proven) => {
    if (!('denied' in proven)) failureBudget.verified(ip, proven.record.keyId, now())
    else if (proven.denied === 'signature_incorrect') {
      failureBudget.failed(ip, record.keyId, now())
      return explainSignature(proven, request, record, explain, now())
    }
    return proven
  })
}
