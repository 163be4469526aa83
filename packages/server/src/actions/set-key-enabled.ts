import { type Denied, denied } from '@countersign/gate'
import { setApiKeyState, updateApiKey } from '../storage/api-keys.ts'
import { type AuditEntry, appendAuditEvent } from '../storage/audit-events.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type Actor, auditActor } from './actor.ts'
import type { ActionContext } from './context.ts'
import { boundOf, type LockedTarget, lockTarget, type Reach } from './lock-target.ts'
import { refuseExcess } from './powers.ts'

/**
 * Disables a key, or enables it again. It changes nothing if the key is in that state already. Enabling gives a key its
 * powers back, so the actor's key must have all of them. Only an operator can enable what an operator disabled.
 */
export async function setKeyEnabled(
  { database, keyChanged, now }: ActionContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  enabled: boolean,
): Promise<Denied | undefined> {
  const nowMs = now()
  const done = await inTransaction(database, async (trx): Promise<Denied | { readonly accountId: string }> => {
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
      return { accountId }
    }
    const entry: AuditEntry = {
      action: enabled ? 'key.enabled' : 'key.disabled',
      actor: auditActor(actor),
      accountId,
      apiKeyId,
      before: { state: key.state, disabled_by: key.state === 'disabled' ? disabledBy : undefined },
      after: enabled ? { state: 'active' } : { state: 'disabled', disabled_by: by },
    }
    await appendAuditEvent(trx, entry, nowMs)
    return { accountId }
  })
  if ('denied' in done) return done
  keyChanged({ accountId: done.accountId, keyId: apiKeyId })
  return undefined
}

function refuseEnabling({ actorKey, key }: LockedTarget, reach: Reach): Denied | undefined {
  if (reach === 'own' && key.disabledBy === 'operator') return denied('state_conflict', 'an operator disabled it')
  const bound = boundOf(actorKey, reach, key)
  return bound && refuseExcess(key, bound)
}
