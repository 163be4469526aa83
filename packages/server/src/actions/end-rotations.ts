import type { Transaction } from 'kysely'
import type { ApiKey } from '../storage/api-key.ts'
import { endRotation, findOpenRotations } from '../storage/rotations.ts'
import type { Schema } from '../storage/schema.ts'
import type { ChangeEvent } from './change-keys.ts'

/**
 * Ends the open rotations of keys that are about to be revoked or deleted. The old key keeps its deadline, whichever of
 * the two ends. Otherwise a thief of the old key could get its time back by ending the new one.
 *
 * @returns the events for the audit log
 */
export async function endRotationsOf(
  trx: Transaction<Schema>,
  keys: readonly Pick<ApiKey, 'apiKeyId'>[],
  nowMs: number,
): Promise<ChangeEvent[]> {
  const rotations = await findOpenRotations(
    trx,
    keys.map(({ apiKeyId }) => apiKeyId),
    nowMs,
  )
  for (const { rotationId } of rotations) await endRotation(trx, rotationId, 'finished', nowMs)
  return rotations.map(({ rotationId, accountId, oldKeyId, newKeyId }) => ({
    action: 'rotation.finished',
    accountId,
    apiKeyId: oldKeyId,
    after: { rotation_id: rotationId, new_api_key_id: newKeyId },
    reason: 'a key of it was ended',
  }))
}
