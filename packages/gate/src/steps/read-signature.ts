import type { AccessHeaderNames } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import { hasAccessHeaders, readAccessHeaders } from '../profiles/access-headers.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import { type MessageSignatureOptions, readMessageSignatureHeaders } from '../profiles/message-signatures.ts'
import type { GateRequest } from '../request.ts'

/** Refuses authentication headers that are missing, malformed, or of two profiles at once. */
export function readSignature(
  request: GateRequest,
  names: AccessHeaderNames,
  options: MessageSignatureOptions,
): readonly ClaimedSignature[] | Denied {
  const carriesInput = request.header('signature-input') !== undefined
  if (!carriesInput && (request.header('signature') === undefined || hasAccessHeaders(request, names))) {
    const claimed = readAccessHeaders(request, names)
    return 'denied' in claimed ? claimed : [claimed]
  }
  if (hasAccessHeaders(request, names)) {
    return denied('signature_input_invalid', 'the request carries signatures of two profiles; send one')
  }
  return readMessageSignatureHeaders(request, options)
}
