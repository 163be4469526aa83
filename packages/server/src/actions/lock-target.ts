import { type Denied, denied } from '@countersign/gate'
import { missingScopes } from '@countersign/protocol'
import type { Transaction } from 'kysely'
import { lockAccounts } from '../storage/accounts.ts'
import { findApiKey, findListedApiKey, type StoredApiKey } from '../storage/api-keys.ts'
import type { Schema } from '../storage/schema.ts'
import type { Actor } from './actor.ts'

/** Whose keys an action may touch: those of the actor's account, or, for operators, those of all. */
export type Reach = 'own' | 'all'

/** The key that acts and the key that it acts on, as they stand while their accounts are locked. */
export interface LockedTarget {
  readonly actorKey: StoredApiKey
  readonly key: StoredApiKey
}

/**
 * Locks the accounts of the actor and of the key, and reads both keys: the gate decided before this transaction, and meanwhile the
 * actor may have lost what it had. A key out of reach is answered as one that is not there.
 */
export async function lockTarget(
  trx: Transaction<Schema>,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  nowMs: number,
): Promise<LockedTarget | Denied> {
  const found = reach === 'all' ? await findListedApiKey(trx, apiKeyId) : undefined
  await lockAccounts(trx, [actor.accountId, ...(found ? [found.accountId] : [])])
  const actorKey = await findActorKey(trx, actor, reach, nowMs)
  if ('denied' in actorKey) return actorKey
  const key = await findListedApiKey(trx, apiKeyId)
  if (!key || (reach === 'own' && key.accountId !== actor.accountId)) return denied('not_found')
  return { actorKey, key }
}

/** The key that acts, where it may still change keys; its account must be locked. */
export async function findActorKey(
  trx: Transaction<Schema>,
  actor: Actor,
  reach: Reach,
  nowMs: number,
): Promise<StoredApiKey | Denied> {
  const key = await findApiKey(trx, actor.keyId)
  if (!key) return denied('key_not_found')
  if (key.state === 'revoked') return denied('key_revoked')
  if (key.state === 'disabled') return denied('key_disabled')
  if (key.expiresAt !== undefined && nowMs >= key.expiresAt) return denied('key_expired')
  if (key.accountSuspended) return denied('account_suspended')
  if (key.subaccount !== undefined) return denied('subaccount_restricted')
  const needed = reach === 'all' ? ['admin', 'write'] : ['write']
  const [missing] = missingScopes(key.scopes, needed)
  if (missing !== undefined) return denied('insufficient_scope', missing)
  return reach === 'all' && !key.ofOperator ? denied('insufficient_scope', 'admin') : key
}

/**
 * The powers that bound what an action may give a key: those of the key that acts. Operators are not bound by their own key's
 * restrictions where they act on a customer's keys, which those could not fit.
 */
export function boundOf(actorKey: StoredApiKey, reach: Reach, target: { readonly ofOperator: boolean }) {
  if (reach === 'all' && !target.ofOperator) return undefined
  if (actorKey.kind !== 'session') return actorKey
  // A session ends by itself; what a person made in it stays.
  const { expiresAt: _, ...bound } = actorKey
  return bound
}
