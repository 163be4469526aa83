import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { inTransaction } from './transaction.ts'
import { addUsage, STEP_MS, startOf, totalUsage, type UsageStep } from './usage.ts'

/** docs/operating.md says so. */
const MOST_BYTES_A_KEY = 2 * 1024 * 1024
const NOW_MS = 1_800_000_000_000
const DAYS = 90
/** Old counts are deleted each hour. */
const LATE_MS = STEP_MS.hour
const KEYS = 4

describeOnEachDatabase('the size of usage', ({ database, dialect }) => {
  test('of a key that is used in each second of 90 days is at most what is said', async () => {
    const before = await size()
    const ids = Array.from({ length: KEYS }, () => randomUUID())
    const { minutesForDays, hoursForDays } = DEFAULT_SETTINGS.usage
    for (const id of ids) {
      await fill(id, 'minute', minutesForDays * STEP_MS.day + LATE_MS)
      await fill(id, 'hour', hoursForDays * STEP_MS.day + LATE_MS)
      await fill(id, 'day', DAYS * STEP_MS.day)
    }
    // As it is written: the newest row of each step over and over again.
    for (let write = 0; write < 200; write++) {
      const minutes = ids.map((id) => ({ subject: 'key', id, at: NOW_MS, ...COUNTS }) as const)
      await inTransaction(database(), (trx) => addUsage(trx, minutes))
    }
    const bytes = ((await size()) - before) / KEYS
    const [total] = await totalUsage(database().kysely, 'key', ids, { step: 'day', fromMs: 0, toMs: NOW_MS + 1 })
    expect(total?.allowed).toBeGreaterThan(DAYS * COUNTS.allowed)
    console.log(`usage of a key over ${DAYS} days (${dialect}): ${Math.round(bytes / 1024)} KiB`)
    expect(bytes).toBeLessThan(MOST_BYTES_A_KEY)
  })

  /** One row a step, as many as are kept, in the order in which they come in life. */
  async function fill(id: string, step: UsageStep, keptMs: number): Promise<void> {
    const last = startOf(NOW_MS, step)
    const rows = Math.floor(keptMs / STEP_MS[step])
    await sql`
      with recursive steps (n) as (select 1 union all select n + 1 from steps where n < ${sql.lit(rows)})
      insert into usage (subject, id, step_s, at, allowed, refused, limited, fault)
      select 'key', ${sql.lit(id)}, ${sql.lit(STEP_MS[step] / 1000)},
        ${sql.lit(last)} - n * cast(${sql.lit(STEP_MS[step])} as bigint),
        ${sql.lit(COUNTS.allowed)}, ${sql.lit(COUNTS.refused)}, ${sql.lit(COUNTS.limited)}, ${sql.lit(COUNTS.fault)}
      from steps order by n desc`.execute(database().kysely)
  }

  async function size(): Promise<number> {
    const query =
      dialect === 'sqlite'
        ? sql<{ bytes: number }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`
        : sql<{ bytes: number }>`select pg_total_relation_size('usage') as bytes`
    return Number((await query.execute(database().kysely)).rows[0]?.bytes)
  }
})

const COUNTS = { allowed: 5_000_000_000, refused: 70_000, limited: 300, fault: 2 }
