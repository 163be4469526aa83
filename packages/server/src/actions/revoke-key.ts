import { REVOCATION_REASONS, type RevokeKeyRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import type { Transaction } from 'kysely'
import { lockAccounts } from '../storage/accounts.ts'
import type { StoredApiKey } from '../storage/api-key.ts'
import { setApiKeyState } from '../storage/change-api-keys.ts'
import { findAccountOfDeletedKey, findApiKey, findListedApiKey } from '../storage/find-api-keys.ts'
import { barFingerprint } from '../storage/fingerprints.ts'
import { findMadeKeys, followLineage } from '../storage/lineage.ts'
import { endLinksOf, type Link } from '../storage/links.ts'
import type { Schema } from '../storage/schema.ts'
import { type Actor, auditActor } from './actor.ts'
import { type ChangeEvent, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { endRotationsOf } from './end-rotations.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { noteProblem } from './key-restrictions.ts'
import { findActorKey, type Reach } from './lock-target.ts'

/** The reasons of revocations, as they are stored. */
export interface Revocation {
  readonly reason: string
  readonly note?: string
}

/**
 * Revokes a key within the actor's reach for good and, if asked, the keys that it made. For a deleted key only the
 * latter remain. If it is compromised, its public key is barred in its account.
 *
 * @returns the ids of the keys that were not revoked before
 */
export async function revokeKey(
  context: ActionContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  request: RevokeKeyRequest,
): Promise<readonly string[] | Denied> {
  const { reason, note, cascade = false } = request
  const refused = refuseRequest(request)
  if (refused) return refused
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    const targets = await lockTargets(trx, actor, reach, apiKeyId, cascade, nowMs)
    if ('denied' in targets) return targets
    const { keys, links } = targets
    const { revoked, events } = await revokeAll(trx, keys, { reason, note }, nowMs)
    const linkEvents = links.map(
      ({ linkId, accountId }) => ({ action: 'link.ended', accountId, before: { link_id: linkId }, reason }) as const,
    )
    return { result: revoked.map((key) => key.apiKeyId), events: [...events, ...linkEvents], ended: revoked }
  })
}

/** The revoked keys, and the events for the audit log. */
export interface Revoked {
  readonly revoked: readonly StoredApiKey[]
  readonly events: readonly ChangeEvent[]
}

/** Revokes the keys that are not revoked yet. Their accounts must be locked. */
export async function revokeAll(
  trx: Transaction<Schema>,
  keys: readonly StoredApiKey[],
  { reason, note }: Revocation,
  nowMs: number,
): Promise<Revoked> {
  const live = keys.filter(({ state }) => state !== 'revoked')
  const events = await endRotationsOf(trx, live, nowMs)
  for (const { accountId, apiKeyId, fingerprint, state } of live) {
    await setApiKeyState(trx, accountId, apiKeyId, { state: 'revoked', reason, note }, nowMs)
    if (reason === 'key_compromise') await barFingerprint(trx, accountId, fingerprint, nowMs)
    const after = { state: 'revoked', note }
    events.push({ action: 'key.revoked', accountId, apiKeyId, before: { state }, after, reason })
  }
  return { revoked: live, events }
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
  /** Ends the links of the key and of the keys that it made: nobody can sign in by them. */
  readonly links: readonly Link[]
}

/** The key and, with `cascade`, the keys within reach that it made, while all their accounts are locked. */
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
      // Its sessions are among them, but they are not listed as keys.
      const key = id === apiKeyId ? await findListedApiKey(trx, id) : await findApiKey(trx, id)
      if (key && (reach === 'all' || key.accountId === actor.accountId)) keys.push(key)
    }
    return keys
  }
  // A key makes other keys under the lock of its own account. The second look keeps the accounts of the first locked.
  const accounts = [actor.accountId, ...(reach === 'all' ? (await wanted()).map(({ accountId }) => accountId) : [])]
  await lockAccounts(trx, accounts)
  const actorKey = await findActorKey(trx, actor, reach, nowMs)
  if ('denied' in actorKey) return actorKey
  if (!(await isWithinReach(trx, actor, reach, apiKeyId, cascade))) return denied('not_found')
  // Before the second look: anyone who was using a link has a session by then.
  const links = cascade && reach === 'all' ? await endLinksOf(trx, await lineageOf(trx, apiKeyId), nowMs) : []
  const keys = await wanted()
  const strangers = keys.filter(({ accountId }) => !accounts.includes(accountId))
  // It is in an account of a customer that had none of these keys before. The account is locked now, out of order; at
  // worst the transaction is repeated.
  await lockAccounts(
    trx,
    strangers.map(({ accountId }) => accountId),
  )
  return { keys: strangers.length > 0 ? await wanted() : keys, links }
}

/** A key must not protect the keys that it made by deleting itself. */
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
