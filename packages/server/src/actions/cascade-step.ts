import type { Transaction } from 'kysely'
import { lockAccounts } from '../storage/accounts.ts'
import type { AuditActor } from '../storage/audit-events.ts'
import {
  type Cascade,
  findMore,
  finishCascade,
  lockCascade,
  nextToPass,
  passKeys,
  pruneCascadeKeys,
} from '../storage/cascades.ts'
import { findApiKeysById } from '../storage/find-api-keys.ts'
import { endLinksOf, type Link } from '../storage/links.ts'
import type { Schema } from '../storage/schema.ts'
import { type Change, type ChangeContext, type ChangeEvent, changeKeys, type EndedKey } from './change-keys.ts'
import { revokeAll } from './revoke-all.ts'

/** A process that works on cascades. */
export interface CascadeHolder {
  /** The name under which it holds them. */
  readonly holder: string
  /** Keys of one transaction. Other changes get their turn after it. */
  readonly keysAtOnce: number
}

/** The same, if it can be told that there is work. */
export interface WokenHolder extends CascadeHolder {
  /** Lets it look for cascades at once. */
  wake(): void
}

/** What a step did. */
export interface CascadeStep {
  /** `lost`: it is finished, or another process holds it. */
  readonly state: 'running' | 'finished' | 'lost'
  /** The ids of the keys that it revoked. */
  readonly revoked: readonly string[]
}

/**
 * Revokes the next keys of a cascade, in one transaction with their audit events. A key is revoked before the keys that
 * it made are searched. So it makes none that the search misses.
 */
export function cascadeStep(
  context: ChangeContext,
  { cascadeId, actor }: { readonly cascadeId: string; readonly actor: AuditActor },
  { holder, keysAtOnce }: CascadeHolder,
): Promise<CascadeStep> {
  return changeKeys(context, actor, async (trx, nowMs): Promise<Change<CascadeStep>> => {
    const held = await lockCascade(trx, cascadeId, holder, nowMs)
    if (!held) return { result: { state: 'lost', revoked: [] }, events: [] }
    const events: ChangeEvent[] = []
    const ended: EndedKey[] = []
    let cascade = held
    for (let left = keysAtOnce; left > 0; ) {
      const found = cascade.found > cascade.passed ? await nextToPass(trx, cascade, left) : []
      if (found.length > 0) {
        const done = await pass(trx, cascade, found, nowMs)
        events.push(...done.events)
        ended.push(...done.ended)
        cascade = await passKeys(trx, cascade, { passed: found.length, revoked: done.ended.length })
        left -= found.length
      } else if (cascade.expanded < cascade.found) {
        cascade = await findMore(trx, cascade, keysAtOnce)
      } else {
        await finishCascade(trx, cascade, nowMs)
        await pruneCascadeKeys(trx, 2 * keysAtOnce)
        return { result: { state: 'finished', revoked: idsOf(ended) }, events, ended }
      }
    }
    return { result: { state: 'running', revoked: idsOf(ended) }, events, ended }
  })
}

interface Passed {
  readonly events: readonly ChangeEvent[]
  readonly ended: readonly EndedKey[]
}

/** Revokes those of these keys that the cascade reaches, and ends the links that they made. */
async function pass(
  trx: Transaction<Schema>,
  { onlyAccountId, reason, note }: Cascade,
  ids: readonly string[],
  nowMs: number,
): Promise<Passed> {
  const accounts = (await findApiKeysById(trx, ids)).map(({ accountId }) => accountId)
  // A key makes other keys under the lock of its own account.
  await lockAccounts(trx, onlyAccountId === undefined ? accounts : [onlyAccountId])
  // Before the keys that they made are searched: whoever was using a link has a session then.
  const links = onlyAccountId === undefined ? await endLinksOf(trx, ids, nowMs) : []
  const keys = (await findApiKeysById(trx, ids)).filter(
    ({ accountId }) => onlyAccountId === undefined || accountId === onlyAccountId,
  )
  const { revoked, events } = await revokeAll(trx, keys, { reason, note }, nowMs)
  return { events: [...events, ...linkEvents(links, reason)], ended: revoked }
}

/** The events for the audit log of links that were ended with the keys that made them. */
export function linkEvents(links: readonly Link[], reason: string): ChangeEvent[] {
  return links.map(({ linkId, accountId }) => ({
    action: 'link.ended',
    accountId,
    before: { link_id: linkId },
    reason,
  }))
}

function idsOf(keys: readonly EndedKey[]): string[] {
  return keys.map(({ apiKeyId }) => apiKeyId)
}
