import { type Denied, denied } from '@countersign/gate'
import { deleteApiKey } from '../storage/change-api-keys.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedKey } from './audited-key.ts'
import { changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { endRotationsOf } from './end-rotations.ts'
import { lockTarget, type Reach } from './lock-target.ts'

/**
 * Deletes a key within the actor's reach, for good. When it returns, no request signed by the key is allowed any more.
 * A rotation of the key is over.
 */
export async function deleteKey(
  context: ActionContext,
  actor: Actor,
  apiKeyId: string,
  reach: Reach = 'own',
): Promise<Denied | undefined> {
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    const target = await lockTarget(trx, actor, reach, apiKeyId, nowMs)
    // If two calls delete a key at once, and one of them is the key itself, one finds no key.
    if ('denied' in target) return apiKeyId === actor.keyId ? denied('not_found') : target
    const { key } = target
    const { accountId } = key
    const rotations = await endRotationsOf(trx, [key], nowMs)
    await deleteApiKey(trx, accountId, apiKeyId, nowMs)
    const deleted = { action: 'key.deleted', accountId, apiKeyId, before: auditedKey(key) } as const
    return { result: undefined, events: [...rotations, deleted], ended: [key] }
  })
}
