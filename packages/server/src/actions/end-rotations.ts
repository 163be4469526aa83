import type { Transaction } from 'kysely'
import type { ApiKey } from '../storage/api-keys.ts'
import type { AuditActor, AuditEntry } from '../storage/audit-events.ts'
import { endRotation, findOpenRotations } from '../storage/rotations.ts'
import type { Schema } from '../storage/schema.ts'

/**
 * Ends the open rotations of keys that are about to be revoked or deleted. The old key keeps its deadline, whichever of
 * the two ends. Otherwise a thief of the old key could get its time back by ending the new one.
 *
 * @returns events for the audit log, to write after all changes
 */
export async function endRotationsOf(
  trx: Transaction<Schema>,
  keys: readonly Pick<ApiKey, 'apiKeyId'>[],
  actor: AuditActor,
  nowMs: number,
): Promise<AuditEntry[]> {
  const rotations = await findOpenRotations(
    trx,
    keys.map(({ apiKeyId }) => apiKeyId),
    nowMs,
  )
  for (const { rotationId } of rotations) await endRotation(trx, rotationId, 'finished', nowMs)
  return rotations.map(({ rotationId, accountId, oldKeyId, newKeyId }) => ({
    action: 'rotation.finished',
    actor,
    accountId,
    apiKeyId: oldKeyId,
    after: { rotation_id: rotationId, new_api_key_id: newKeyId },
    reason: 'a key of it was ended',
  }))
}
