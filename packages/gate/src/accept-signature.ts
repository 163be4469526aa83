import { type RefusalName, requiredComponents } from '@countersign/protocol'
import type { Denied } from './decision.ts'
import { hasBody } from './profiles/message-signatures.ts'
import type { GateRequest } from './request.ts'

/** Refusals that a signature with more coverage would avoid. */
const ASKING: ReadonlySet<RefusalName> = new Set([
  'credentials_missing',
  'signature_missing',
  'signature_input_invalid',
  'signature_coverage_insufficient',
  'nonce_required',
  'profile_not_accepted',
])

/**
 * Adds to a refusal what a signature of this request must cover, in the form of the field Accept-Signature (RFC 9421
 * section 5.1). The field has no way to ask for a nonce or a key id of the signer's choice, so it names neither.
 */
export function askForSignature(refused: Denied, request: GateRequest, tag: string | undefined): Denied {
  if (!ASKING.has(refused.denied)) return refused
  const { target } = request
  const components = requiredComponents({ target, hasBody: hasBody(request) }).map((name) => `"${name}"`)
  const tagged = tag === undefined ? '' : `;tag="${tag.replace(/["\\]/g, '\\$&')}"`
  return { ...refused, acceptSignature: `sig=(${components.join(' ')});created${tagged}` }
}
