import { REVOCATION_REASONS, type RevokeKeyRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import type { Transaction } from 'kysely'
import { lockAccounts } from '../storage/accounts.ts'
import {
  findAccountOfDeletedKey,
  findApiKey,
  findListedApiKey,
  type StoredApiKey,
  setApiKeyState,
} from '../storage/api-keys.ts'
import { type AuditActor, appendAuditEvent } from '../storage/audit-events.ts'
import { barFingerprint } from '../storage/fingerprints.ts'
import { findMadeKeys, followLineage } from '../storage/lineage.ts'
import { endLinksOf, type Link } from '../storage/links.ts'
import type { Schema } from '../storage/schema.ts'
import { inTransaction } from '../storage/transaction.ts'
import { findUnusedBuckets, type KeyBucketId } from '../storage/unused-buckets.ts'
import { type Actor, auditActor } from './actor.ts'
import type { ActionContext } from './context.ts'
import { endRotationsOf } from './end-rotations.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { noteProblem } from './key-restrictions.ts'
import { findActorKey, type Reach } from './lock-target.ts'

/** Why keys end, as it is kept with them. */
export interface Revocation {
  readonly reason: string
  readonly note?: string
}

/**
 * Revokes a key within the actor's reach for good, and on demand what it made: of a key that was deleted since, that is all there
 * is. As compromised, its public key is barred in its account.
 *
 * @returns the ids of the keys that were not revoked before
 */
export async function revokeKey(
  { database, keyChanged, bucketEnded, now }: ActionContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  request: RevokeKeyRequest,
): Promise<readonly string[] | Denied> {
  const { reason, note, cascade = false } = request
  const refused = refuseRequest(request)
  if (refused) return refused
  const nowMs = now()
  const done = await inTransaction(database, async (trx): Promise<Revoked | Denied> => {
    const targets = await lockTargets(trx, actor, reach, apiKeyId, cascade, nowMs)
    if ('denied' in targets) return targets
    const { keys, links } = targets
    const by = auditActor(actor)
    const revoked = await revokeAll(trx, keys, by, { reason, ...(note !== undefined && { note }) }, nowMs)
    for (const { linkId, accountId } of links) {
      const entry = { action: 'link.ended', actor: by, accountId, before: { link_id: linkId }, reason } as const
      await appendAuditEvent(trx, entry, nowMs)
    }
    return { revoked, buckets: await findUnusedBuckets(trx, revoked) }
  })
  if ('denied' in done) return done
  for (const { accountId, apiKeyId: keyId } of done.revoked) keyChanged({ accountId, keyId })
  for (const bucket of done.buckets) bucketEnded(bucket)
  return done.revoked.map((key) => key.apiKeyId)
}

/** Keys that were revoked, and the own buckets that ended with them. */
export interface Revoked {
  readonly revoked: readonly StoredApiKey[]
  readonly buckets: readonly KeyBucketId[]
}

/**
 * Revokes those of these keys that are not revoked yet; their accounts are locked.
 *
 * @returns the keys that it revoked
 */
export async function revokeAll(
  trx: Transaction<Schema>,
  keys: readonly StoredApiKey[],
  actor: AuditActor,
  { reason, note }: Revocation,
  nowMs: number,
): Promise<readonly StoredApiKey[]> {
  const live = keys.filter(({ state }) => state !== 'revoked')
  const ended = await endRotationsOf(trx, live, actor, nowMs)
  for (const { accountId, apiKeyId, fingerprint } of live) {
    await setApiKeyState(
      trx,
      accountId,
      apiKeyId,
      { state: 'revoked', reason, ...(note !== undefined && { note }) },
      nowMs,
    )
    if (reason === 'key_compromise') await barFingerprint(trx, accountId, fingerprint, nowMs)
  }
  for (const entry of ended) await appendAuditEvent(trx, entry, nowMs)
  for (const { accountId, apiKeyId, state } of live) {
    const after = { state: 'revoked', ...(note !== undefined && { note }) }
    const entry = { action: 'key.revoked', actor, accountId, apiKeyId, before: { state }, after, reason } as const
    await appendAuditEvent(trx, entry, nowMs)
  }
  return live
}

function refuseRequest(request: RevokeKeyRequest): Denied | undefined {
  const unknown = refuseUnknownFields(request, ['reason', 'note', 'cascade'])
  if (unknown) return unknown
  const { reason, note } = request
  if (!REVOCATION_REASONS.some((it) => it === reason)) {
    return refuse('reason', `must be one of ${REVOCATION_REASONS.join(', ')}`)
  }
  const problem = note === undefined ? undefined : noteProblem(note)
  return problem === undefined ? undefined : refuse('note', problem)
}

interface Targets {
  readonly keys: readonly StoredApiKey[]
  /** Links that it or what it made had made, ended by now: nobody signs in by them. */
  readonly links: readonly Link[]
}

/** The key, and with `cascade` what it made within reach, while all their accounts are locked. */
async function lockTargets(
  trx: Transaction<Schema>,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  cascade: boolean,
  nowMs: number,
): Promise<Targets | Denied> {
  const wanted = async () => {
    const ids = [apiKeyId, ...(cascade ? await findMadeKeys(trx, apiKeyId) : [])]
    const keys: StoredApiKey[] = []
    for (const id of ids) {
      // A session that it made is among them, and is no key that is listed.
      const key = id === apiKeyId ? await findListedApiKey(trx, id) : await findApiKey(trx, id)
      if (key && (reach === 'all' || key.accountId === actor.accountId)) keys.push(key)
    }
    return keys
  }
  // What a key makes meanwhile, it makes under the lock of its own account: that of the first look is kept in the second.
  const accounts = [actor.accountId, ...(reach === 'all' ? (await wanted()).map(({ accountId }) => accountId) : [])]
  await lockAccounts(trx, accounts)
  const actorKey = await findActorKey(trx, actor, reach, nowMs)
  if ('denied' in actorKey) return actorKey
  if (!(await isWithinReach(trx, actor, reach, apiKeyId, cascade))) return denied('not_found')
  // Before the second look: whoever was using one has a session by then.
  const links = cascade && reach === 'all' ? await endLinksOf(trx, await lineageOf(trx, apiKeyId), nowMs) : []
  const keys = await wanted()
  const strangers = keys.filter(({ accountId }) => !accounts.includes(accountId))
  // In the account of a customer that had none of them before: locked now, out of order, which at worst is retried.
  await lockAccounts(
    trx,
    strangers.map(({ accountId }) => accountId),
  )
  return { keys: strangers.length > 0 ? await wanted() : keys, links }
}

/** A key that deleted itself must not save what it made. */
async function isWithinReach(
  trx: Transaction<Schema>,
  { accountId }: Actor,
  reach: Reach,
  apiKeyId: string,
  cascade: boolean,
): Promise<boolean> {
  const found = (await findListedApiKey(trx, apiKeyId))?.accountId
  const owner = found ?? (cascade ? await findAccountOfDeletedKey(trx, apiKeyId) : undefined)
  return owner !== undefined && (reach === 'all' || owner === accountId)
}

async function lineageOf(trx: Transaction<Schema>, apiKeyId: string): Promise<string[]> {
  return [apiKeyId, ...(await followLineage(trx, apiKeyId)).map(({ id }) => id)]
}
