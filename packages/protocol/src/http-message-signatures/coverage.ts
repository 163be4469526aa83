import type { MessageSignature } from './message-signature.ts'
import { type MessageProblem, messageProblem } from './problem.ts'

/** The parts of a request that its signature must cover. */
export interface RequestToCover {
  readonly method: string
  /** The request target exactly as received. */
  readonly target: string
  readonly hasBody: boolean
}

const NEEDS_NO_NONCE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a signature on this method needs the parameter `nonce` (docs/wire.md section 6). */
export function needsNonce(method: string): boolean {
  return !NEEDS_NO_NONCE.has(method)
}

/**
 * What docs/wire.md section 6 requires and this signature lacks, or `undefined`: `@method`, `@authority`, `@path` and,
 * if the target has one, `@query` (`@target-uri` may replace the last three); `content-digest` if there is a body; the
 * parameters `created`, `keyid` and, except for GET, HEAD and OPTIONS, `nonce`.
 */
export function coverageProblem(signature: MessageSignature, request: RequestToCover): MessageProblem | undefined {
  const missing = missingFrom(signature, request)
  if (missing.length > 0) return messageProblem('coverage_insufficient', undefined, missing.join(', '))
  if (signature.nonce === undefined && needsNonce(request.method)) return messageProblem('nonce_required')
  return undefined
}

/**
 * A problem if the signature has expired (`expires`, which counts from its first millisecond), otherwise `undefined`.
 */
export function expiryProblem({ expiresSeconds }: MessageSignature, nowMs: number): MessageProblem | undefined {
  return expiresSeconds !== undefined && nowMs >= expiresSeconds * 1000 ? messageProblem('expired') : undefined
}

/** The components that a request of this kind must have covered, in the order in which our signers cover them. */
export function requiredComponents({ target, hasBody }: Omit<RequestToCover, 'method'>): string[] {
  const required = ['@method', '@authority', '@path']
  if (target.includes('?')) required.push('@query')
  if (hasBody) required.push('content-digest')
  return required
}

const IN_TARGET_URI: ReadonlySet<string> = new Set(['@authority', '@path', '@query'])

function missingFrom(signature: MessageSignature, request: RequestToCover): string[] {
  const coversUri = covers(signature, '@target-uri')
  const missing = requiredComponents(request).filter(
    (name) => !covers(signature, name) && !(coversUri && IN_TARGET_URI.has(name)),
  )
  if (signature.createdSeconds === undefined) missing.push('created')
  if (!signature.keyId) missing.push('keyid')
  return missing
}

/** A component counts in its plain form only: with a parameter it is a part of itself, or of another message. */
function covers({ components }: MessageSignature, name: string): boolean {
  return components.some((component) => component.name === name && component.parameters.size === 0)
}
