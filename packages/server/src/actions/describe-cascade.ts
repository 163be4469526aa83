import type { Cascade as WireCascade } from '@countersign/api'
import { type Denied, denied, type Principal } from '@countersign/gate'
import { type Cascade, findCascadeOf } from '../storage/cascades.ts'
import type { ActionContext } from './context.ts'
import type { Reach } from './lock-target.ts'

/** How far the last cascade of a key within reach is. */
export async function getCascade(
  { database }: ActionContext,
  { accountId }: Principal,
  reach: Reach,
  apiKeyId: string,
): Promise<WireCascade | Denied> {
  const cascade = await findCascadeOf(database.kysely, apiKeyId)
  if (!cascade || (reach === 'own' && cascade.rootAccountId !== accountId)) return denied('not_found')
  return describeCascade(cascade)
}

/** A cascade in the form of the wire. */
export function describeCascade(cascade: Cascade): WireCascade {
  const { total, passed, finishedAt } = cascade
  return {
    api_key_id: cascade.rootKeyId,
    state: finishedAt === undefined ? 'running' : 'finished',
    reason: cascade.reason,
    note: cascade.note,
    revoked: cascade.revoked,
    passed,
    // Keys that were made after the count may follow.
    total: total === undefined ? undefined : Math.max(total, passed),
    started_at: cascade.startedAt,
    finished_at: finishedAt,
  }
}
