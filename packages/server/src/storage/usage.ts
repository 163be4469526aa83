import type { CountedMinute, Counts, NumberedBatch, Outcome } from '@countersign/gate'
import { REFUSALS } from '@countersign/protocol'
import { type Kysely, type SqlBool, sql, type Transaction } from 'kysely'
import type { Schema, UsageTable } from './schema.ts'
import { findTop, keepTop, type RaisedCount } from './usage-top.ts'

/** What is counted: a key's or an account's proven requests, or all decisions by their code. */
export type UsageSubject = UsageTable['subject']

/** The steps of usage. */
export type UsageStep = 'minute' | 'hour' | 'day'

/** Lengths of the steps in milliseconds. Days are those of UTC. */
export const STEP_MS: Readonly<Record<UsageStep, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** The counts of the step that starts `at`. */
export interface UsagePoint extends Counts {
  /** Unix milliseconds. */
  readonly at: number
}

/** Steps from `fromMs` up to, but without, `toMs`. */
export interface UsageRange {
  readonly step: UsageStep
  /** Unix milliseconds. */
  readonly fromMs: number
  /** Unix milliseconds. */
  readonly toMs: number
}

/** One subject's counts over a whole range. */
export interface UsageTotal extends Counts {
  readonly id: string
}

/** Rows of one statement: eight parameters each, and SQLite accepts 32 766. */
const ROWS_A_STATEMENT = 500

/** Adds to the counts of minutes, hours and days. */
export async function addUsage(trx: Transaction<Schema>, minutes: readonly CountedMinute[]): Promise<void> {
  const rows = rollUp(minutes)
  const raised: RaisedCount[] = []
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
    const written = await trx
      .insertInto('usage')
      .values(rows.slice(i, i + ROWS_A_STATEMENT))
      .onConflict((conflict) =>
        conflict.columns(['subject', 'id', 'step_s', 'at']).doUpdateSet({
          allowed: sql`usage.allowed + excluded.allowed`,
          refused: sql`usage.refused + excluded.refused`,
          limited: sql`usage.limited + excluded.limited`,
          fault: sql`usage.fault + excluded.fault`,
        }),
      )
      .returning([
        'subject',
        'id',
        'step_s',
        'at',
        sql<number>`usage.allowed + usage.refused + usage.limited + usage.fault`.as('total'),
      ])
      .execute()
    raised.push(...written)
  }
  await keepTop(trx, raised)
}

/** How long a reporter's place is kept after its last batch. A batch that is sent again later may count twice. */
const REPORTER_KEPT_MS = 7 * 86_400_000

/**
 * Adds a batch, once: a batch whose number is not above its reporter's last one was added before, and adds nothing.
 *
 * @param nowMs Unix milliseconds.
 */
export async function addUsageOnce(
  trx: Transaction<Schema>,
  { reporter, sequence, minutes }: Pick<NumberedBatch, 'reporter' | 'sequence' | 'minutes'>,
  nowMs: number,
): Promise<void> {
  const moved = await trx
    .insertInto('usage_reporters')
    .values({ id: reporter, sequence, at: nowMs })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ sequence, at: nowMs }).where('usage_reporters.sequence', '<', sequence),
    )
    .returning('id')
    .executeTakeFirst()
  if (moved) await addUsage(trx, minutes)
}

/** Checks which rows belong to an existing key, account or refusal. */
export async function knownSubjects(
  trx: Transaction<Schema>,
  rows: readonly Pick<CountedMinute, 'subject' | 'id'>[],
): Promise<(row: Pick<CountedMinute, 'subject' | 'id'>) => boolean> {
  const idsOf = (subject: string) => [...new Set(rows.filter((row) => row.subject === subject).map(({ id }) => id))]
  const [keyIds, accountIds] = [idsOf('key'), idsOf('account')]
  const keys = keyIds.length > 0 && (await trx.selectFrom('api_keys').select('id').where('id', 'in', keyIds).execute())
  const accounts =
    accountIds.length > 0 && (await trx.selectFrom('accounts').select('id').where('id', 'in', accountIds).execute())
  const known = new Set([
    ...(keys || []).map((row) => `key ${row.id}`),
    ...(accounts || []).map((row) => `account ${row.id}`),
    ...['allowed', ...Object.keys(REFUSALS)].map((code) => `code ${code}`),
  ])
  return ({ subject, id }) => known.has(`${subject} ${id}`)
}

/** Deletes reporters that reported nothing for a week, because their processes ended: `limit` at most. */
export async function pruneUsageReporters(trx: Transaction<Schema>, nowMs: number, limit: number): Promise<number> {
  const old = trx
    .selectFrom('usage_reporters')
    .select('id')
    .where('at', '<', nowMs - REPORTER_KEPT_MS)
    .limit(limit)
  const { numDeletedRows } = await trx.deleteFrom('usage_reporters').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

/** Every code of a decision: what names them reads a few ranges of the table, and not all subjects. */
const CODES = ['allowed', ...Object.keys(REFUSALS)]

/** The counts of one subject, or of all codes together, for each step with counts, oldest first. */
export async function readUsage(
  db: Kysely<Schema>,
  subject: UsageSubject,
  id: string | undefined,
  range: UsageRange,
): Promise<UsagePoint[]> {
  return db
    .selectFrom('usage')
    .where('subject', '=', subject)
    .where('id', 'in', id === undefined ? CODES : [id])
    .where('step_s', '=', STEP_MS[range.step] / 1000)
    .where('at', '>=', range.fromMs)
    .where('at', '<', range.toMs)
    .select(['at', ...SUMS])
    .groupBy('at')
    .orderBy('at')
    .execute()
}

/** The counts of these subjects over the range. Subjects without counts have no entry. */
export async function totalUsage(
  db: Kysely<Schema>,
  subject: UsageSubject,
  ids: readonly string[],
  range: UsageRange,
): Promise<UsageTotal[]> {
  if (ids.length === 0) return []
  return selectTotals(db, subject, range).where('id', 'in', ids).execute()
}

/**
 * The subjects of a kind with the most decisions in the range, most first. Only subjects count that are among the first
 * 50 of one of its steps.
 */
export async function topUsage(
  db: Kysely<Schema>,
  subject: UsageSubject,
  range: UsageRange,
  limit: number,
): Promise<UsageTotal[]> {
  const place = { subject, step_s: STEP_MS[range.step] / 1000 }
  const ids = subject === 'code' ? CODES : await findTop(db, { ...place, subject }, range, CANDIDATES)
  if (ids.length === 0) return []
  return orderByMost(selectTotals(db, subject, range).where('id', 'in', ids), limit).execute()
}

/** Subjects whose counts are summed to find the first ones. */
const CANDIDATES = 100

/** An account's keys that have the most decisions in the range, most first. Deleted keys are not among them. */
export async function topKeysOfAccount(
  db: Kysely<Schema>,
  accountId: string,
  range: UsageRange,
  limit: number,
): Promise<UsageTotal[]> {
  const ofAccount = db.selectFrom('api_keys').select('api_keys.id').where('account_id', '=', accountId)
  return orderByMost(selectTotals(db, 'key', range).where('id', 'in', ofAccount), limit).execute()
}

/** The last 24 hours of each of these keys, as a list draws them beside a key. */
export interface HourlyCounts {
  /** Allowed requests, oldest hour first; the last one is the present hour. */
  readonly allowed: readonly number[]
  /** All other requests whose signature verified, in the same form. */
  readonly notAllowed: readonly number[]
}

/**
 * The hourly counts of these keys over the last 24 hours, one statement for all of them. Each key has its entry.
 *
 * @param nowMs Unix milliseconds.
 */
export async function hourlyCounts(
  db: Kysely<Schema>,
  keyIds: readonly string[],
  nowMs: number,
): Promise<Map<string, HourlyCounts>> {
  const first = startOf(nowMs, 'hour') - (HOURS - 1) * STEP_MS.hour
  const counts = new Map(keyIds.map((id) => [id, { allowed: zeros(HOURS), notAllowed: zeros(HOURS) }]))
  if (keyIds.length === 0) return counts
  const rows = await db
    .selectFrom('usage')
    .selectAll()
    .where('subject', '=', 'key')
    .where('id', 'in', keyIds)
    .where('step_s', '=', STEP_MS.hour / 1000)
    .where('at', '>=', first)
    .where('at', '<=', nowMs)
    .execute()
  for (const { id, at, allowed, refused, limited, fault } of rows) {
    const hour = (at - first) / STEP_MS.hour
    const ofKey = counts.get(id)
    if (!ofKey) continue
    ofKey.allowed[hour] = allowed
    ofKey.notAllowed[hour] = refused + limited + fault
  }
  return counts
}

/**
 * How many requests each of these keys signed since the minute of `sinceMs`: every verified request, whatever its
 * outcome. Each key has its entry. It is for the share of a rotation's old key.
 *
 * @param sinceMs Unix milliseconds, within the retention of minutes.
 */
export async function trafficSince(
  db: Kysely<Schema>,
  keyIds: readonly string[],
  sinceMs: number,
): Promise<Map<string, number>> {
  const range = { step: 'minute', fromMs: startOf(sinceMs, 'minute'), toMs: Number.MAX_SAFE_INTEGER } as const
  const totals = await totalUsage(db, 'key', keyIds, range)
  const traffic = new Map(keyIds.map((id) => [id, 0]))
  for (const { id, allowed, refused, limited, fault } of totals) traffic.set(id, allowed + refused + limited + fault)
  return traffic
}

/**
 * Deletes the oldest counts of a step, all of times before `beforeMs`, at most `limit` rows.
 *
 * @param beforeMs Unix milliseconds.
 * @returns how many rows were deleted; less than `limit` when none is left.
 */
export async function pruneUsage(
  trx: Transaction<Schema>,
  step: UsageStep,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const oldest = trx
    .selectFrom('usage')
    .select(['subject', 'id', 'step_s', 'at'])
    .where('step_s', '=', STEP_MS[step] / 1000)
    .where('at', '<=', beforeMs - STEP_MS[step])
    .orderBy('at')
    .limit(limit)
  const { numDeletedRows } = await trx
    .deleteFrom('usage')
    .where(({ refTuple }) => sql<SqlBool>`${refTuple('subject', 'id', 'step_s', 'at')} in (${oldest})`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** The same for the kept first ones of each time. */
export async function pruneUsageTop(
  trx: Transaction<Schema>,
  step: UsageStep,
  beforeMs: number,
  limit: number,
): Promise<number> {
  let deleted = 0
  for (const subject of ['key', 'account'] as const) {
    const oldest = trx
      .selectFrom('usage_top')
      .select(['subject', 'step_s', 'at', 'id'])
      .where('subject', '=', subject)
      .where('step_s', '=', STEP_MS[step] / 1000)
      .where('at', '<=', beforeMs - STEP_MS[step])
      .orderBy('at')
      .limit(limit - deleted)
    const { numDeletedRows } = await trx
      .deleteFrom('usage_top')
      .where(({ refTuple }) => sql<SqlBool>`${refTuple('subject', 'step_s', 'at', 'id')} in (${oldest})`)
      .executeTakeFirst()
    deleted += Number(numDeletedRows)
  }
  return deleted
}

/** The start of the step that holds this moment, in Unix milliseconds. */
export function startOf(timeMs: number, step: UsageStep): number {
  return timeMs - (timeMs % STEP_MS[step])
}

const HOURS = 24

function sumOf(outcome: Outcome) {
  // PostgreSQL's sum of bigint is numeric, which its driver returns as text.
  return sql<number>`cast(sum(${sql.ref(outcome)}) as bigint)`.as(outcome)
}

const SUMS = [sumOf('allowed'), sumOf('refused'), sumOf('limited'), sumOf('fault')] as const

function selectTotals(db: Kysely<Schema>, subject: UsageSubject, { step, fromMs, toMs }: UsageRange) {
  return db
    .selectFrom('usage')
    .where('subject', '=', subject)
    .where('step_s', '=', STEP_MS[step] / 1000)
    .where('at', '>=', fromMs)
    .where('at', '<', toMs)
    .select(['id', ...SUMS])
    .groupBy('id')
}

function orderByMost(query: ReturnType<typeof selectTotals>, limit: number) {
  return query.orderBy(sql`sum(allowed + refused + limited + fault)`, 'desc').orderBy('id').limit(limit)
}

/**
 * One row for each subject and time, in the order of the primary key, so that two writers lock rows in the same order.
 */
function rollUp(minutes: readonly CountedMinute[]): UsageTable[] {
  const rows = new Map<string, UsageTable>()
  for (const { subject, id, at, allowed, refused, limited, fault } of minutes) {
    for (const step of ['minute', 'hour', 'day'] as const) {
      const start = startOf(at, step)
      const place = `${subject} ${id} ${step} ${start}`
      const row = rows.get(place)
      rows.set(place, {
        subject,
        id,
        step_s: STEP_MS[step] / 1000,
        at: start,
        allowed: allowed + (row?.allowed ?? 0),
        refused: refused + (row?.refused ?? 0),
        limited: limited + (row?.limited ?? 0),
        fault: fault + (row?.fault ?? 0),
      })
    }
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0)
}
