import type { MaybePromise } from '@countersign/protocol'
import { andThen, unlessDenied } from '../and-then.ts'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { VerificationQueue } from '../verification-queue.ts'

interface Claim {
  readonly signature: ClaimedSignature
  readonly record: KeyRecord
}

/** What the gate checks again for a stranger, after it waited for callers that verified lately. */
export interface Stranger {
  /** A refusal, if the sender has used up its failures when its turn comes. */
  readonly mayStillTry: () => object | Denied
  /** The key after the wait. */
  readonly findAgain: () => MaybePromise<Claim | Denied>
}

/**
 * Refuses a signature that is not the registered key's over this request, or not in its one spelling.
 *
 * @param stranger absent for a pair of address and key that verified lately: it does not wait for others
 * @returns the claim with its key; a stranger's key is read again, because it may have changed while the request waited
 */
export function checkSignature(
  claim: Claim,
  queue: VerificationQueue,
  stranger?: Stranger,
): MaybePromise<Claim | Denied> {
  const check = () => andThen(claim.signature.verify(claim.record.key), (verdict) => refusalOf(verdict) ?? claim)
  if (!stranger) return queue.run(check)
  const checkAtTurn = () => {
    const mayTry = stranger.mayStillTry()
    return 'denied' in mayTry ? (mayTry as Denied) : check()
  }
  return unlessDenied(queue.run<Claim | Denied>(checkAtTurn, true), stranger.findAgain)
}

function refusalOf(isVerified: boolean): Denied | undefined {
  // A provider may bring its own key object: only `true` counts.
  return isVerified === true ? undefined : denied('signature_incorrect')
}
