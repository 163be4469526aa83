import type { MessageSignature } from './message-signature.ts'
import { type MessageProblem, messageProblem } from './problem.ts'

/** What a request has that its signature must cover. */
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
 * What docs/wire.md section 6 asks of a signature and this one has not, or `undefined`: `@method`, `@authority`, `@path`
 * and, where the target has one, `@query` (for the last three, `@target-uri`); `content-digest` where there is a body;
 * the parameters `created`, `keyid` and, but for GET, HEAD and OPTIONS, `nonce`.
 */
export function coverageProblem(signature: MessageSignature, request: RequestToCover): MessageProblem | undefined {
  const missing = missingFrom(signature, request)
  if (missing.length > 0) return messageProblem('coverage_insufficient', undefined, missing.join(', '))
  if (signature.nonce === undefined && needsNonce(request.method)) return messageProblem('nonce_required')
  return undefined
}

/** Says that a signature's own end has come (`expires`, which counts from its first millisecond), or `undefined`. */
export function expiryProblem({ expiresSeconds }: MessageSignature, nowMs: number): MessageProblem | undefined {
  return expiresSeconds !== undefined && nowMs >= expiresSeconds * 1000 ? messageProblem('expired') : undefined
}

/** The components that a request of this kind must have covered, in the order in which a signer of ours covers them. */
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
