import { type Denied, denied } from '@countersign/gate'
import { grantsScope } from '@countersign/protocol'
import { lockAccount } from '../storage/accounts.ts'
import { setApiKeyState } from '../storage/api-keys.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { listSessions } from '../storage/sessions.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type Actor, auditActor } from './actor.ts'
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

async function end(
  { database, keyChanged, now }: ActionContext,
  actor: Actor,
  accountId: string,
  isMeant: (session: { readonly apiKeyId: string }) => boolean,
): Promise<number> {
  const nowMs = now()
  const ended = await inTransaction(database, async (trx) => {
    await lockAccount(trx, accountId)
    const sessions = (await listSessions(trx, accountId, nowMs)).filter(isMeant)
    for (const { apiKeyId } of sessions) {
      const reason = apiKeyId === actor.keyId ? 'signed_out' : 'ended'
      await setApiKeyState(trx, accountId, apiKeyId, { state: 'revoked', reason }, nowMs)
    }
    for (const { apiKeyId, name } of sessions) {
      const reason = apiKeyId === actor.keyId ? 'signed_out' : 'ended'
      const entry = { action: 'session.ended', actor: auditActor(actor), accountId, apiKeyId, before: { name }, reason }
      await appendAuditEvent(trx, { ...entry, action: 'session.ended' }, nowMs)
    }
    return sessions
  })
  for (const { apiKeyId } of ended) keyChanged({ accountId, keyId: apiKeyId })
  return ended.length
}
