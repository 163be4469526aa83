import { randomUUID } from 'node:crypto'
import { REVOCATION_REASONS, type RevokeKeyRequest, type RevokeKeyResponse } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { lockAccounts } from '../storage/accounts.ts'
import {
  type Cascade,
  deleteFinishedCascades,
  findCascadeOf,
  findRunningCascade,
  insertCascade,
} from '../storage/cascades.ts'
import { findAccountOfDeletedKey, findListedApiKey } from '../storage/find-api-keys.ts'
import { endLinksOf } from '../storage/links.ts'
import { type Actor, auditActor } from './actor.ts'
import { cascadeStep, linkEvents, type WokenHolder } from './cascade-step.ts'
import { type Change, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { describeCascade } from './describe-cascade.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { noteProblem } from './key-restrictions.ts'
import { findActorKey, type Reach } from './lock-target.ts'
import { type Revocation, revokeAll } from './revoke-all.ts'

/** The context of a revocation: what continues a cascade after the answer. */
export type RevokeContext = ActionContext & { readonly cascades: WokenHolder }

/**
 * Revokes a key within the actor's reach for good and, if asked, the keys that it made. For a deleted key only the
 * latter remain. If it is compromised, its public key is barred in its account.
 *
 * The key itself is refused first, in a transaction of its own. If the keys that it made are more than one transaction
 * takes, the answer names the cascade that goes on. While one of the key runs for the same reason, no other begins.
 *
 * @returns the ids of the keys that were not revoked before
 */
export async function revokeKey(
  context: RevokeContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  request: RevokeKeyRequest,
): Promise<RevokeKeyResponse | Denied> {
  const refused = refuseRequest(request)
  if (refused) return refused
  const { reason, note, cascade = false } = request
  const first = await revokeFirst(context, actor, reach, apiKeyId, { reason, note }, cascade)
  if ('denied' in first) return first
  if (first.running) return { revoked: first.revoked, cascade: describeCascade(first.running) }
  if (first.cascadeId === undefined) return first
  const begun = { cascadeId: first.cascadeId, actor: auditActor(actor) }
  const step = await cascadeStep(context, begun, context.cascades)
  if (step.state === 'finished') return { revoked: [...first.revoked, ...step.revoked] }
  context.cascades.wake()
  const progress = await findCascadeOf(context.database.kysely, apiKeyId)
  return { revoked: first.revoked, cascade: progress && describeCascade(progress) }
}

interface First {
  readonly revoked: string[]
  /** The cascade that it began, if one was asked for. */
  readonly cascadeId?: string
  /** A cascade that does the same already. */
  readonly running?: Cascade
}

/** Revokes the key itself, and begins its cascade in the same transaction. */
function revokeFirst(
  context: RevokeContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  revocation: Revocation,
  cascade: boolean,
): Promise<First | Denied> {
  const cascadeId = cascade ? randomUUID() : undefined
  return changeKeys(context, auditActor(actor), async (trx, nowMs): Promise<Denied | Change<First>> => {
    const found = await findListedApiKey(trx, apiKeyId)
    // A key must not protect the keys that it made by deleting itself.
    const owner = found?.accountId ?? (cascade ? await findAccountOfDeletedKey(trx, apiKeyId) : undefined)
    await lockAccounts(trx, reach === 'all' && owner !== undefined ? [actor.accountId, owner] : [actor.accountId])
    const actorKey = await findActorKey(trx, actor, reach, nowMs)
    if ('denied' in actorKey) return actorKey
    if (owner === undefined || (reach === 'own' && owner !== actor.accountId)) return denied('not_found')
    const key = await findListedApiKey(trx, apiKeyId)
    // It was deleted meanwhile.
    if (!key && !cascade) return denied('not_found')
    const { revoked, events } = await revokeAll(trx, key ? [key] : [], revocation, nowMs)
    const ids = revoked.map((it) => it.apiKeyId)
    if (cascadeId === undefined) return { result: { revoked: ids }, events, ended: revoked }
    const onlyAccountId = reach === 'own' ? owner : undefined
    const running = await findRunningCascade(trx, { rootKeyId: apiKeyId, reason: revocation.reason, onlyAccountId })
    if (running) return { result: { revoked: ids, running }, events, ended: revoked }
    await deleteFinishedCascades(trx, apiKeyId)
    const links = reach === 'all' ? await endLinksOf(trx, [apiKeyId], nowMs) : []
    const begun: Omit<Cascade, 'passed' | 'found' | 'expanded'> = {
      cascadeId,
      rootKeyId: apiKeyId,
      rootAccountId: owner,
      onlyAccountId,
      actor: auditActor(actor),
      ...revocation,
      startedAt: nowMs,
      revoked: ids.length,
    }
    await insertCascade(trx, begun, context.cascades.holder)
    return {
      result: { revoked: ids, cascadeId },
      events: [...events, ...linkEvents(links, revocation.reason)],
      ended: revoked,
    }
  })
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
