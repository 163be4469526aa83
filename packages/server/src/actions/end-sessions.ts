import { type Denied, denied } from '@countersign/gate'
import { grantsScope } from '@countersign/protocol'
import { lockAccounts } from '../storage/accounts.ts'
import { setApiKeyState } from '../storage/change-api-keys.ts'
import { listSessions } from '../storage/sessions.ts'
import { type Actor, auditActor } from './actor.ts'
import { type ChangeEvent, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'

/**
 * Ends one session of an account: its requests are refused from now on. A caller that may not write can end only its
 * own session.
 */
export async function endSession(
  context: ActionContext,
  actor: Actor,
  accountId: string,
  sessionId: string,
): Promise<Denied | undefined> {
  if (sessionId !== actor.keyId && !grantsScope(actor.scopes, 'write')) return denied('insufficient_scope', 'write')
  const ended = await end(context, actor, accountId, ({ apiKeyId }) => apiKeyId === sessionId)
  return ended === 0 ? denied('not_found') : undefined
}

/** Ends all sessions of an account but the caller's, and returns how many there were. */
export function endOtherSessions(context: ActionContext, actor: Actor, accountId: string): Promise<number> {
  return end(context, actor, accountId, ({ apiKeyId }) => apiKeyId !== actor.keyId)
}

function end(
  context: ActionContext,
  actor: Actor,
  accountId: string,
  isMeant: (session: { readonly apiKeyId: string }) => boolean,
): Promise<number> {
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    await lockAccounts(trx, [accountId])
    const sessions = (await listSessions(trx, accountId, nowMs)).filter(isMeant)
    const events: ChangeEvent[] = []
    for (const { apiKeyId, name } of sessions) {
      const reason = apiKeyId === actor.keyId ? 'signed_out' : 'ended'
      await setApiKeyState(trx, accountId, apiKeyId, { state: 'revoked', reason }, nowMs)
      events.push({ action: 'session.ended', accountId, apiKeyId, before: { name }, reason })
    }
    return { result: sessions.length, events }
  })
}
