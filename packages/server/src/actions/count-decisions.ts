import type { CountDecisionsRequest } from '@countersign/api'
import { writeLastUses } from '../storage/last-uses.ts'
import { inTransaction } from '../storage/transaction.ts'
import { addUsageOnce, knownSubjects, startOf } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'

/** Older counts are dropped, in milliseconds: a report waits through an outage, not for days. */
const OLDEST_MS = 86_400_000

/**
 * Counts a batch of a remote gate, once. Rows of unknown keys, accounts and refusals are dropped, so that the holder of
 * a gate's key cannot fill tables. A time in the future counts as now, because another machine's clock may be ahead.
 *
 * @param gateKeyId the key that reports: reporters of two keys are always different
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
