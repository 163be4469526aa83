import { type Denied, denied } from '@countersign/gate'
import type { Transaction } from 'kysely'
import { setApiKeyState, updateApiKey } from '../storage/change-api-keys.ts'
import { findListedApiKey } from '../storage/find-api-keys.ts'
import { findOpenRotations, type Rotation, endRotation as storeEnd } from '../storage/rotations.ts'
import type { Schema } from '../storage/schema.ts'
import { type Actor, auditActor } from './actor.ts'
import { type ChangeEvent, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { boundOf, lockTarget, type Reach } from './lock-target.ts'
import { refuseExcess } from './powers.ts'

/**
 * Ends an open rotation of a key. `finish`: the old key stops now. `abort`: the new key is revoked, and the old key
 * gets its own expiry back. So for `abort` the actor's key must have all powers of the old key. The old key itself
 * cannot abort, because it ends at the deadline.
 */
export async function endRotation(
  context: ActionContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  how: 'finish' | 'abort',
): Promise<Denied | undefined> {
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    const target = await lockTarget(trx, actor, reach, apiKeyId, nowMs)
    if ('denied' in target) return target
    const [rotation] = await findOpenRotations(trx, [apiKeyId], nowMs)
    if (!rotation) return denied('state_conflict', 'it is part of no open rotation')
    const { rotationId, accountId, oldKeyId, oldExpiresAt, deadline } = rotation
    const old = await lockTarget(trx, actor, reach, oldKeyId, nowMs)
    if ('denied' in old) return old
    const bound = boundOf(old.actorKey, reach, old.key)
    const excess = how === 'abort' && bound ? refuseExcess({ ...old.key, expiresAt: oldExpiresAt }, bound) : undefined
    if (excess) return excess
    const expiresAt = how === 'finish' ? nowMs : (oldExpiresAt ?? null)
    await updateApiKey(trx, old.key, { expiresAt }, nowMs)
    const revoked = how === 'abort' ? [await revokeNewKey(trx, rotation, nowMs)] : []
    await storeEnd(trx, rotationId, how === 'finish' ? 'finished' : 'aborted', nowMs)
    const ended: ChangeEvent = {
      action: how === 'finish' ? 'rotation.finished' : 'rotation.aborted',
      accountId,
      apiKeyId: oldKeyId,
      before: { rotation_id: rotationId, expires_at: deadline },
      after: { rotation_id: rotationId, expires_at: expiresAt ?? undefined },
    }
    return { result: undefined, events: [...revoked, ended] }
  })
}

async function revokeNewKey(
  trx: Transaction<Schema>,
  { accountId, newKeyId }: Rotation,
  nowMs: number,
): Promise<ChangeEvent> {
  const before = { state: (await findListedApiKey(trx, newKeyId))?.state }
  const change = { state: 'revoked', reason: 'superseded', note: 'its rotation was aborted' } as const
  await setApiKeyState(trx, accountId, newKeyId, change, nowMs)
  const after = { state: 'revoked' }
  return { action: 'key.revoked', accountId, apiKeyId: newKeyId, before, after, reason: 'superseded' }
}
