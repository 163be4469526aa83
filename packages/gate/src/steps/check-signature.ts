import type { MaybePromise } from '@countersign/protocol'
import { andThen } from '../and-then.ts'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { VerificationQueue } from '../verification-queue.ts'

/**
 * Refuses a signature that is not the registered key's over this request, or not in its one spelling.
 *
 * @param askAgain for strangers, who wait for those who signed with this key from this address lately: what refuses them by
 *   the time that it is their turn, before any more work is done for them
 */
export function checkSignature(
  signature: ClaimedSignature,
  { key }: KeyRecord,
  queue: VerificationQueue,
  askAgain?: () => Denied | undefined,
): MaybePromise<Denied | undefined> {
  return queue.run(() => askAgain?.() ?? andThen(signature.verify(key), refusalOf), askAgain !== undefined)
}

function refusalOf(isVerified: boolean): Denied | undefined {
  // A key may be anybody's: whatever else it says is no yes.
  return isVerified === true ? undefined : denied('signature_incorrect')
}
