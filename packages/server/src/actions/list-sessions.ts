import type { Session } from '@countersign/api'
import { findAccount } from '../storage/accounts.ts'
import { listSessions as readSessions } from '../storage/sessions.ts'
import type { ActionContext } from './context.ts'

/** The browsers that are signed in to an account, newest first. */
export async function listSessions(
  { database, now }: ActionContext,
  accountId: string,
  currentId: string,
): Promise<Session[]> {
  const sessions = await readSessions(database.kysely, accountId, now())
  return sessions.map(({ apiKeyId, name, scopes, createdAt, expiresAt = createdAt, lastUsedAt, lastUsedIp }) => ({
    session_id: apiKeyId,
    name,
    scopes: [...scopes],
    is_current: apiKeyId === currentId,
    signed_in_at: createdAt,
    expires_at: expiresAt,
    last_used_at: lastUsedAt,
    last_used_ip: lastUsedIp,
  }))
}

/** The same of any account, for an operator; `undefined` where there is no such account. */
export async function listAccountSessions(
  context: ActionContext,
  accountId: string,
  currentId: string,
): Promise<Session[] | undefined> {
  if (!(await findAccount(context.database.kysely, accountId))) return undefined
  return listSessions(context, accountId, currentId)
}
