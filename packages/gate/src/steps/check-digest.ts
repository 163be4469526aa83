import { checkContentDigest, type MaybePromise, type MessageProblem } from '@countersign/protocol'
import { andThen } from '../and-then.ts'
import { type Denied, denied } from '../decision.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/** Refuses a body that is not the one whose digest was signed; only where the body is at hand. */
export function checkDigest(
  { contentDigest }: ClaimedSignature,
  body: Uint8Array | undefined,
): MaybePromise<Denied | undefined> {
  if (contentDigest === undefined || body === undefined) return undefined
  return andThen(checkContentDigest(contentDigest, body), refusalOf)
}

function refusalOf(problem: MessageProblem | undefined): Denied | undefined {
  return problem && denied(problem.refusal, problem.message)
}
