import { checkContentDigest, type MaybePromise, type MessageProblem } from '@countersign/protocol'
import { andThen } from '../and-then.ts'
import { type Denied, denied } from '../decision.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/**
 * Refuses a body whose digest is not the signed one, and an unannounced body without a signed digest; only if the body
 * has been read.
 */
export function checkDigest(
  { profile, contentDigest }: ClaimedSignature,
  body: Uint8Array | undefined,
): MaybePromise<Denied | undefined> {
  if (body === undefined) return undefined
  if (contentDigest === undefined) {
    const isUnsigned = profile === 'http-message-signatures' && body.length > 0
    return isUnsigned ? denied('signature_coverage_insufficient', 'missing: content-digest') : undefined
  }
  return andThen(checkContentDigest(contentDigest, body), refusalOf)
}

function refusalOf(problem: MessageProblem | undefined): Denied | undefined {
  return problem && denied(problem.refusal, problem.message)
}
