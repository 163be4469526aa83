import { type Denied, denied } from '@countersign/gate'
import { lockAccounts } from '../storage/accounts.ts'
import { deleteApiKey, findListedApiKey } from '../storage/api-keys.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { inTransaction } from '../storage/transaction.ts'
import { findUnusedBuckets, type KeyBucketId } from '../storage/unused-buckets.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedKey } from './audited-key.ts'
import type { ActionContext } from './context.ts'
import { endRotationsOf } from './end-rotations.ts'
import { findActorKey, type Reach } from './lock-target.ts'

/**
 * Deletes a key within the actor's reach, for good. When it returns, no request signed by the key is allowed any more.
 * A rotation of the key is over.
 */
export async function deleteKey(
  { database, keyChanged, bucketEnded, now }: ActionContext,
  actor: Actor,
  apiKeyId: string,
  reach: Reach = 'own',
): Promise<Denied | undefined> {
  const nowMs = now()
  const done = await inTransaction(database, async (trx): Promise<Denied | Deleted> => {
    const found = await findListedApiKey(trx, apiKeyId)
    const accountId = reach === 'all' && found ? found.accountId : actor.accountId
    await lockAccounts(trx, [actor.accountId, accountId])
    const actorKey = await findActorKey(trx, actor, reach, nowMs)
    // If two calls delete a key at once, and one of them is the key itself, one finds no key.
    if ('denied' in actorKey) return apiKeyId === actor.keyId ? denied('not_found') : actorKey
    const key = await findListedApiKey(trx, apiKeyId)
    if (!key || key.accountId !== accountId) return denied('not_found')
    const by = auditActor(actor)
    const ended = await endRotationsOf(trx, [key], by, nowMs)
    await deleteApiKey(trx, accountId, apiKeyId, nowMs)
    for (const entry of ended) await appendAuditEvent(trx, entry, nowMs)
    const entry = { action: 'key.deleted', actor: by, accountId, apiKeyId, before: auditedKey(key) } as const
    await appendAuditEvent(trx, entry, nowMs)
    return { accountId, buckets: await findUnusedBuckets(trx, [key]) }
  })
  if ('denied' in done) return done
  keyChanged({ accountId: done.accountId, keyId: apiKeyId })
  for (const bucket of done.buckets) bucketEnded(bucket)
  return undefined
}

interface Deleted {
  readonly accountId: string
  readonly buckets: readonly KeyBucketId[]
}
