import type { MaybePromise } from '@countersign/protocol'
import { andThen } from '../and-then.ts'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { VerificationQueue } from '../verification-queue.ts'

/**
 * Refuses a signature that is not the registered key's over this request, or not in its one spelling.
 *
 * @param isStrangers whether this address did not sign with this key lately: it has to wait for those who did
 */
export function checkSignature(
  signature: ClaimedSignature,
  { key }: KeyRecord,
  queue: VerificationQueue,
  isStrangers: boolean,
): MaybePromise<Denied | undefined> {
  return queue.run(() => andThen(signature.verify(key), refusalOf), isStrangers)
}

function refusalOf(isVerified: boolean): Denied | undefined {
  return isVerified ? undefined : denied('signature_incorrect')
}
