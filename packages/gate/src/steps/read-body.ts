import type { MaybePromise } from '@countersign/protocol'
import { andThen } from '../and-then.ts'
import type { Denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { GateRequest } from '../request.ts'

/**
 * The request with its body, if the decision can depend on it and the adapter can read it. Refuses a body that it
 * cannot accept.
 */
export function readBody(
  request: GateRequest,
  signature: ClaimedSignature,
  { key }: KeyRecord,
): MaybePromise<GateRequest | Denied> {
  const { method, target, ip, header, body, readBody: read } = request
  if (!read || body !== undefined || !signature.dependsOnBody(key)) return request
  return andThen(read(), (whole) => ('denied' in whole ? whole : { method, target, ip, header, body: whole }))
}
