import { type Denied, denied } from '@countersign/gate'
import { missingScopes } from '@countersign/protocol'
import type { Transaction } from 'kysely'
import { lockAccounts } from '../storage/accounts.ts'
import type { StoredApiKey } from '../storage/api-key.ts'
import { findApiKey, findApiKeysById, findListedApiKey } from '../storage/find-api-keys.ts'
import type { Schema } from '../storage/schema.ts'
import type { Actor } from './actor.ts'

/** The keys that an action may touch: those of the actor's account or, for operators, all. */
export type Reach = 'own' | 'all'

/** The acting key and its target, as they are while their accounts are locked. */
export interface LockedTarget {
  readonly actorKey: StoredApiKey
  readonly key: StoredApiKey
}

/**
 * Locks the accounts of the actor and of the target, and reads both keys. The gate decided before this transaction, and
 * the actor may have lost powers since. A key out of reach counts as missing.
 */
export async function lockTarget(
  trx: Transaction<Schema>,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  nowMs: number,
): Promise<LockedTarget | Denied> {
  const found = reach === 'all' ? await findListedApiKey(trx, apiKeyId) : undefined
  await lockAccounts(trx, [found?.accountId ?? actor.accountId], actor.accountId)
  const keys = await findApiKeysById(trx, [actor.keyId, apiKeyId])
  const actorKey = checkActorKey(
    keys.find((it) => it.apiKeyId === actor.keyId),
    reach,
    nowMs,
  )
  if ('denied' in actorKey) return actorKey
  const key = keys.find((it) => it.apiKeyId === apiKeyId)
  if (!key || key.kind === 'session') return denied('not_found')
  return reach === 'own' && key.accountId !== actor.accountId ? denied('not_found') : { actorKey, key }
}

/** The acting key, if it may still change keys. Its account must be locked. */
export async function findActorKey(
  trx: Transaction<Schema>,
  actor: Actor,
  reach: Reach,
  nowMs: number,
): Promise<StoredApiKey | Denied> {
  return checkActorKey(await findApiKey(trx, actor.keyId), reach, nowMs)
}

function checkActorKey(key: StoredApiKey | undefined, reach: Reach, nowMs: number): StoredApiKey | Denied {
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
 * The powers that bound what an action may give a key: those of the acting key. An operator's own restrictions do not
 * bound what the operator does to customers' keys, which could not fit them.
 */
export function boundOf(actorKey: StoredApiKey, reach: Reach, target: { readonly ofOperator: boolean }) {
  if (reach === 'all' && !target.ofOperator) return undefined
  if (actorKey.kind !== 'session') return actorKey
  // A session ends by itself; keys that were made in it stay.
  const { expiresAt: _, ...bound } = actorKey
  return bound
}
