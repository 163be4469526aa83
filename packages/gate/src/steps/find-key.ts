import type { MaybePromise } from '@countersign/protocol'
import { andThen } from '../and-then.ts'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord, KeySource } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/** A claimed signature and the key that it names. */
export interface Claim {
  readonly signature: ClaimedSignature
  readonly record: KeyRecord
}

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * Refuses key ids that are malformed, unknown, or cannot be looked up now. A malformed id costs no look-up.
 *
 * @param takesSessions whether this gate accepts browsers' keys; otherwise they are like unknown ids
 */
export function findKey(
  [signature, ...others]: readonly ClaimedSignature[],
  keys: KeySource,
  takesSessions: boolean,
  refused = denied('key_not_found'),
): MaybePromise<Claim | Denied> {
  if (!signature) return refused
  if (!UUID_V4.test(signature.keyId)) return findKey(others, keys, takesSessions, refused)
  return andThen(keys.find(signature.keyId), (record) => {
    if (record === 'unavailable') return findKey(others, keys, takesSessions, denied('service_unavailable'))
    const isKnown = record !== undefined && (takesSessions || !record.isSession)
    return isKnown ? { signature, record } : findKey(others, keys, takesSessions, refused)
  })
}
