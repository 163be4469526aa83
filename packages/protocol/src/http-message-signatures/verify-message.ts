import { backend } from '#backend'
import { PROFILE_ALGORITHMS } from '../algorithms.ts'
import type { MaybePromise, VerifyingKey } from '../backend/backend.ts'
import type { HttpMessage } from './message.ts'
import type { MessageSignature } from './message-signature.ts'
import { signatureBase } from './signature-base.ts'

/**
 * Whether a signature (RFC 9421) is this key's over this message. The algorithm is the registered key's; if the
 * signature names one (`alg`), it must be the same. This does not check coverage, time, body, or a second use. `false`
 * if a covered component has no value ({@link signatureBase} says which). Never throws on any received value; at once
 * under Node.
 */
export function verifyMessage(
  signature: MessageSignature,
  message: HttpMessage,
  key: VerifyingKey,
): MaybePromise<boolean> {
  const algorithm = PROFILE_ALGORITHMS['http-message-signatures'][key.type]
  if (signature.algorithm !== undefined && signature.algorithm !== algorithm.name) return false
  if (signature.signature.length !== key.signatureBytes) return false
  const base = signatureBase(signature, message)
  return typeof base === 'string' && key.verify(algorithm, backend.encodeUtf8(base), signature.signature)
}
