import type { CountDecisionsRequest } from '@countersign/api'
import { writeLastUses } from '../storage/last-uses.ts'
import { inTransaction } from '../storage/transaction.ts'
import { addUsageOnce, startOf } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'

/**
 * Counts a batch of a gate elsewhere, once. What is said to be later than now counts as now: another machine's clock may run ahead.
 *
 * @param gateKeyId the key that reports: two keys' reporters are never taken for one
 */
export async function countDecisions(
  { database, now }: ActionContext,
  gateKeyId: string,
  { reporter, sequence, minutes, last_uses: uses }: CountDecisionsRequest,
): Promise<void> {
  const nowMs = now()
  const batch = {
    reporter: `${gateKeyId} ${reporter}`,
    sequence,
    minutes: minutes.map((minute) => ({ ...minute, at: startOf(Math.min(minute.at, nowMs), 'minute') })),
  }
  await inTransaction(database, (trx) => addUsageOnce(trx, batch, nowMs))
  const lastUses = uses.map(({ api_key_id: keyId, at, ip }) => ({ keyId, at: Math.min(at, nowMs), ip }))
  await writeLastUses(database.kysely, lastUses)
}
