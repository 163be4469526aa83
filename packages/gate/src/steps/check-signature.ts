import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'
import type { VerificationQueue } from '../verification-queue.ts'

/** Refuses a signature that is not the registered key's over this request, or not in its one spelling. */
export async function checkSignature(
  signature: ClaimedSignature,
  record: KeyRecord,
  queue: VerificationQueue,
): Promise<Denied | undefined> {
  const verified = await queue.run(() => signature.verify(record.key))
  return verified ? undefined : denied('signature_incorrect')
}
