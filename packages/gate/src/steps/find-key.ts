import { type Denied, denied } from '../decision.ts'
import type { KeyRecord, KeySource } from '../ports.ts'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Refuses a key id that is malformed, unknown, or cannot be looked up now. A malformed one costs no look-up. */
export async function findKey(signed: { keyId: string }, keys: KeySource): Promise<KeyRecord | Denied> {
  if (!UUID_V4.test(signed.keyId)) return denied('key_not_found')
  const record = await keys.find(signed.keyId)
  if (record === 'unavailable') return denied('service_unavailable')
  return record ?? denied('key_not_found')
}
