import { backend } from '#backend'
import { PROFILE_ALGORITHMS } from './algorithms.ts'
import type { MaybePromise, VerifyingKey } from './backend/backend.ts'
import { strictSignedText } from './signed-text.ts'

/** A received request in the access-header profile. */
export interface ReceivedRequest {
  readonly method: string
  /** The request target exactly as received. */
  readonly target: string
  /** The text of the timestamp header. */
  readonly timestamp: string
  /** The text of the signature header: canonical standard base64. */
  readonly signature: string
}

/**
 * Whether an access-header signature (docs/wire.md section 2) is this key's over this request; `false` for a request in
 * any other spelling than the strict one. This does not check time, the key's state, or a second use. Never throws on
 * any received value; at once under Node.
 */
export function verifyRequest(request: ReceivedRequest, key: VerifyingKey): MaybePromise<boolean> {
  const { timestamp, method, target } = request
  const signature = backend.decodeBase64(request.signature)
  const text = strictSignedText(timestamp, method, target)
  if (signature?.length !== key.signatureBytes || text === undefined) return false
  return key.verify(PROFILE_ALGORITHMS['access-headers'][key.type], backend.encodeUtf8(text), signature)
}
