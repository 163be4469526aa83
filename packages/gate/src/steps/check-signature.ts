import { verifyRequest } from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { GateRequest } from '../request.ts'
import type { VerificationQueue } from '../verification-queue.ts'

/** Refuses a signature that is not the registered key's over this request, or not in its one spelling. */
export async function checkSignature(
  request: GateRequest,
  signed: { timestamp: string; signature: string },
  record: KeyRecord,
  queue: VerificationQueue,
): Promise<Denied | undefined> {
  const { method, target } = request
  const { timestamp, signature } = signed
  const verified = await queue.run(() => verifyRequest({ method, target, timestamp, signature }, record.key))
  return verified ? undefined : denied('signature_incorrect')
}
