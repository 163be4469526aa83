import { type Denied, denied } from '../decision.ts'
import type { KeyRecord, KeySource } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/** A claimed signature and the key that it names. */
export interface Claim {
  readonly signature: ClaimedSignature
  readonly record: KeyRecord
}

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Refuses key ids that are malformed, unknown, or cannot be looked up now. A malformed one costs no look-up. */
export async function findKey(claimed: readonly ClaimedSignature[], keys: KeySource): Promise<Claim | Denied> {
  let refused = denied('key_not_found')
  for (const signature of claimed) {
    if (!UUID_V4.test(signature.keyId)) continue
    const record = await keys.find(signature.keyId)
    if (record === 'unavailable') refused = denied('service_unavailable')
    else if (record) return { signature, record }
  }
  return refused
}
