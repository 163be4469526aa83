import { type Denied, denied } from '@countersign/gate'
import { setApiKeyState, updateApiKey } from '../storage/change-api-keys.ts'
import { type Actor, auditActor } from './actor.ts'
import { type ChangeEvent, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { boundOf, type LockedTarget, lockTarget, type Reach } from './lock-target.ts'
import { refuseExcess } from './powers.ts'

/**
 * Disables a key, or enables it again. It changes nothing if the key is in that state already. Enabling gives a key its
 * powers back, so the actor's key must have all of them. Only an operator can enable what an operator disabled.
 */
export async function setKeyEnabled(
  context: ActionContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  enabled: boolean,
): Promise<Denied | undefined> {
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    const target = await lockTarget(trx, actor, reach, apiKeyId, nowMs)
    if ('denied' in target) return target
    const { key } = target
    const { accountId, disabledBy = 'holder' } = key
    if (key.state === 'revoked') return denied('state_conflict', 'it is revoked')
    const by = reach === 'all' ? 'operator' : 'holder'
    if (enabled && key.state === 'disabled') {
      const refused = refuseEnabling(target, reach)
      if (refused) return refused
      await setApiKeyState(trx, accountId, apiKeyId, { state: 'active' }, nowMs)
    } else if (!enabled && key.state === 'active') {
      await setApiKeyState(trx, accountId, apiKeyId, { state: 'disabled', by }, nowMs)
    } else if (!enabled && by === 'operator' && disabledBy === 'holder') {
      await updateApiKey(trx, key, { disabledBy: 'operator' }, nowMs)
    } else {
      return { result: undefined, events: [] }
    }
    const event: ChangeEvent = {
      action: enabled ? 'key.enabled' : 'key.disabled',
      accountId,
      apiKeyId,
      before: { state: key.state, disabled_by: key.state === 'disabled' ? disabledBy : undefined },
      after: enabled ? { state: 'active' } : { state: 'disabled', disabled_by: by },
    }
    return { result: undefined, events: [event] }
  })
}

function refuseEnabling({ actorKey, key }: LockedTarget, reach: Reach): Denied | undefined {
  if (reach === 'own' && key.disabledBy === 'operator') return denied('state_conflict', 'an operator disabled it')
  const bound = boundOf(actorKey, reach, key)
  return bound && refuseExcess(key, bound)
}
