import { type Kysely, sql, type Transaction } from 'kysely'
import type { Schema, UsageTable, UsageTopTable } from './schema.ts'

/** Subjects that are kept for each step of time. */
const KEPT = 50

/** A count as it is after a write. */
export type RaisedCount = Pick<UsageTable, 'subject' | 'id' | 'step_s' | 'at'> & { readonly total: number }

/**
 * Keeps the subjects with the most decisions of each step of time. Counts only grow. So a subject that is not among them
 * now can only get there by a write of its own, and each write is compared here: what is kept is exact.
 *
 * @param raised the counts that this transaction has written
 */
export async function keepTop(trx: Transaction<Schema>, raised: readonly RaisedCount[]): Promise<void> {
  for (const [, group] of Map.groupBy(raised, ({ subject, step_s, at }) => `${subject} ${step_s} ${at}`)) {
    const [first] = group
    if (first && first.subject !== 'code') await keepTopOf(trx, first.subject, group)
  }
}

/**
 * The ids that may have the most decisions in a range: those that are among the first of one of its steps.
 *
 * @param range Unix milliseconds.
 */
export async function findTop(
  db: Kysely<Schema>,
  { subject, step_s: stepS }: Pick<UsageTopTable, 'subject' | 'step_s'>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('usage_top')
    .select('id')
    .where('subject', '=', subject)
    .where('step_s', '=', stepS)
    .where('at', '>=', fromMs)
    .where('at', '<', toMs)
    .groupBy('id')
    .orderBy(sql`sum(total)`, 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

async function keepTopOf(
  trx: Transaction<Schema>,
  subject: UsageTopTable['subject'],
  group: readonly RaisedCount[],
): Promise<void> {
  const { step_s: stepS = 0, at = 0 } = group[0] ?? {}
  const kept = trx
    .selectFrom('usage_top')
    .where('subject', '=', subject)
    .where('step_s', '=', stepS)
    .where('at', '=', at)
    .orderBy('total', 'desc')
    .orderBy('id')
  const last = await kept
    .select('total')
    .limit(1)
    .offset(KEPT - 1)
    .executeTakeFirst()
  const rows = group
    .filter(({ total }) => total >= (last?.total ?? 0))
    .sort((a, b) => b.total - a.total || (a.id < b.id ? -1 : 1))
    .slice(0, KEPT)
    // In one order, so that two writers do not wait for each other.
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, total }) => ({ subject, step_s: stepS, at, id, total }))
  if (rows.length === 0) return
  await trx
    .insertInto('usage_top')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['subject', 'step_s', 'at', 'id'])
        .doUpdateSet({ total: sql`excluded.total` })
        .whereRef('usage_top.total', '<', sql`excluded.total`),
    )
    .execute()
  await trx
    .deleteFrom('usage_top')
    .where('subject', '=', subject)
    .where('step_s', '=', stepS)
    .where('at', '=', at)
    .where('id', 'not in', kept.select('id').limit(KEPT))
    .execute()
}
