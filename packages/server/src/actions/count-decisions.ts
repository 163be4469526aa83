import type { CountDecisionsRequest } from '@countersign/api'
import { writeLastUses } from '../storage/last-uses.ts'
import { inTransaction } from '../storage/transaction.ts'
import { addUsageOnce, knownSubjects, startOf } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'

/** What is older is not counted, in milliseconds: a report waits through an outage, not for days. */
const OLDEST_MS = 86_400_000

/**
 * Counts a batch of a gate elsewhere, once. Rows of keys, accounts and refusals that do not exist are left out: whoever holds a gate's key
 * fills no table with them. What is said to be later than now counts as now: another machine's clock may run ahead.
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
    minutes: minutes
      .filter(({ at }) => at > nowMs - OLDEST_MS)
      .map((minute) => ({ ...minute, at: startOf(Math.min(minute.at, nowMs), 'minute') })),
  }
  await inTransaction(database, async (trx) => {
    const known = await knownSubjects(trx, batch.minutes)
    await addUsageOnce(trx, { ...batch, minutes: batch.minutes.filter((minute) => known(minute)) }, nowMs)
  })
  const lastUses = uses.map(({ api_key_id: keyId, at, ip }) => ({ keyId, at: Math.min(at, nowMs), ip }))
  await writeLastUses(database.kysely, lastUses)
}
