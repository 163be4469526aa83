import type { RefusalName } from '../refusals.ts'

/** Why a message's signature, or its digest, is not accepted: a stable code, its refusal, and words for the sender. */
export interface MessageProblem {
  readonly problem: MessageProblemCode
  readonly refusal: RefusalName
  readonly message: string
}

/** Stable codes of what can be wrong with a signed message. */
export type MessageProblemCode = keyof typeof PROBLEMS

const PROBLEMS = {
  not_signed: ['credentials_missing', 'there is no Signature-Input'],
  signature_absent: ['signature_missing', 'there is a Signature-Input and no Signature'],
  signature_input_absent: ['signature_input_invalid', 'there is a Signature and no Signature-Input'],
  too_long: ['signature_input_invalid', 'Signature-Input and Signature may have 8192 characters together'],
  malformed: ['signature_input_invalid', 'is no structured field of the form that it must have'],
  duplicate_key: ['signature_input_invalid', 'names a label, a key or a parameter twice'],
  base64_not_canonical: ['signature_input_invalid', 'holds bytes that are not canonical base64'],
  labels_differ: ['signature_input_invalid', 'Signature-Input and Signature must have the same labels'],
  too_many_signatures: ['signature_input_invalid', 'a request may carry 3 signatures'],
  too_many_components: ['signature_input_invalid', 'a signature may cover 16 components'],
  base_too_long: ['signature_input_invalid', 'a signature may cover 32768 characters'],
  duplicate_component: ['signature_input_invalid', 'a component is covered twice'],
  component_not_supported: ['signature_input_invalid', 'covers a component that is not known here'],
  component_not_available: [
    'signature_input_invalid',
    'covers a component that this message has not, or not in one form',
  ],
  parameter_invalid: ['signature_input_invalid', 'has a parameter of another type or range than its meaning allows'],
  coverage_insufficient: ['signature_coverage_insufficient', 'missing'],
  nonce_required: ['nonce_required', 'every method but GET, HEAD and OPTIONS needs the parameter nonce'],
  expired: ['signature_expired', 'the time in the parameter expires has passed'],
  digest_absent: ['digest_mismatch', 'there is a body and no Content-Digest'],
  digest_malformed: ['digest_mismatch', 'Content-Digest is no dictionary of byte sequences'],
  digest_unknown: ['digest_mismatch', 'Content-Digest has neither sha-256 nor sha-512'],
  digest_mismatch: ['digest_mismatch', 'the body is not the one that Content-Digest names'],
} as const satisfies Readonly<Record<string, readonly [RefusalName, string]>>

/**
 * A problem with its standing words.
 *
 * @param where the place of the problem, before the words
 * @param what the items in question, after the words
 */
export function messageProblem(problem: MessageProblemCode, where?: string, what?: string): MessageProblem {
  const [refusal, words] = PROBLEMS[problem]
  const before = where === undefined ? '' : `${bounded(where)} `
  const after = what === undefined ? '' : `: ${bounded(what)}`
  return { problem, refusal, message: before + words + after }
}

function bounded(text: string): string {
  return text.length > 256 ? `${text.slice(0, 256)}…` : text
}
