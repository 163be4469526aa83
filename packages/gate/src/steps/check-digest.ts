import { checkContentDigest } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/** Refuses a body that is not the one whose digest was signed; only where the body is at hand. */
export async function checkDigest(
  { contentDigest }: ClaimedSignature,
  body: Uint8Array | undefined,
): Promise<Denied | undefined> {
  if (contentDigest === undefined || body === undefined) return undefined
  const problem = await checkContentDigest(contentDigest, body)
  return problem && denied(problem.refusal, problem.message)
}
