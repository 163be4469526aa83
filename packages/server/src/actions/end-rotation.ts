import { type Denied, denied } from '@countersign/gate'
import { findListedApiKey, setApiKeyState, updateApiKey } from '../storage/api-keys.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { findOpenRotations, endRotation as storeEnd } from '../storage/rotations.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type Actor, auditActor } from './actor.ts'
import type { ActionContext } from './context.ts'
import { boundOf, lockTarget, type Reach } from './lock-target.ts'
import { refuseExcess } from './powers.ts'

/**
 * Ends an open rotation of a key. `finish`: the old key stops now. `abort`: the new key is revoked, and the old key
 * gets its own expiry back. So for `abort` the actor's key must have all powers of the old key. The old key itself
 * cannot abort, because it ends at the deadline.
 */
export async function endRotation(
  { database, keyChanged, now }: ActionContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  how: 'finish' | 'abort',
): Promise<Denied | undefined> {
  const nowMs = now()
  const done = await inTransaction(database, async (trx): Promise<Denied | Ended> => {
    const target = await lockTarget(trx, actor, reach, apiKeyId, nowMs)
    if ('denied' in target) return target
    const [rotation] = await findOpenRotations(trx, [apiKeyId], nowMs)
    if (!rotation) return denied('state_conflict', 'it is part of no open rotation')
    const { rotationId, accountId, oldKeyId, newKeyId, oldExpiresAt, deadline } = rotation
    const old = await lockTarget(trx, actor, reach, oldKeyId, nowMs)
    if ('denied' in old) return old
    const { expiresAt: _, ...unbounded } = old.key
    const restored = { ...unbounded, ...(oldExpiresAt !== undefined && { expiresAt: oldExpiresAt }) }
    const bound = boundOf(old.actorKey, reach, old.key)
    const excess = how === 'abort' && bound ? refuseExcess(restored, bound) : undefined
    if (excess) return excess
    const expiresAt = how === 'finish' ? nowMs : (oldExpiresAt ?? null)
    await updateApiKey(trx, old.key, { expiresAt }, nowMs)
    const fresh = await findListedApiKey(trx, newKeyId)
    if (how === 'abort') {
      const change = { state: 'revoked', reason: 'superseded', note: 'its rotation was aborted' } as const
      await setApiKeyState(trx, accountId, newKeyId, change, nowMs)
    }
    await storeEnd(trx, rotationId, how === 'finish' ? 'finished' : 'aborted', nowMs)
    const common = { actor: auditActor(actor), accountId } as const
    if (how === 'abort') {
      const before = { state: fresh?.state }
      const entry = {
        ...common,
        action: 'key.revoked',
        apiKeyId: newKeyId,
        before,
        after: { state: 'revoked' },
      } as const
      await appendAuditEvent(trx, { ...entry, reason: 'superseded' }, nowMs)
    }
    const entry = {
      ...common,
      action: how === 'finish' ? 'rotation.finished' : 'rotation.aborted',
      apiKeyId: oldKeyId,
      before: { rotation_id: rotationId, expires_at: deadline },
      after: { rotation_id: rotationId, ...(expiresAt !== null && { expires_at: expiresAt }) },
    } as const
    await appendAuditEvent(trx, entry, nowMs)
    return { accountId, keyIds: [oldKeyId, newKeyId] }
  })
  if ('denied' in done) return done
  for (const keyId of done.keyIds) keyChanged({ accountId: done.accountId, keyId })
  return undefined
}

interface Ended {
  readonly accountId: string
  readonly keyIds: readonly string[]
}
