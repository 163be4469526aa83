import type { LastUse } from '@countersign/gate'
import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** A key's last use is written again after this time, in milliseconds. So the shown time is at most this old. */
export const LAST_USE_EVERY_MS = 60_000

/** Rows of one statement, which locks all its keys. */
const ROWS_A_STATEMENT = 500

/** Writes when keys were last used, if that is a minute later than the stored time. Unknown ids are ignored. */
export async function writeLastUses(db: Kysely<Schema>, uses: readonly LastUse[]): Promise<void> {
  // In one order, so that two writers lock keys in the same order.
  const sorted = uses.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1))
  for (let i = 0; i < sorted.length; i += ROWS_A_STATEMENT) {
    const rows = sorted.slice(i, i + ROWS_A_STATEMENT).map(({ keyId, at, ip }) => sql`(${keyId}, ${at}, ${ip})`)
    // Both databases name the columns of VALUES like this. PostgreSQL takes their types from the casts.
    await sql`
      update api_keys set last_used_at = cast(used.column2 as bigint), last_used_ip = used.column3
      from (values ${sql.join(rows)}) as used
      where api_keys.id = used.column1 and (
        api_keys.last_used_at is null or api_keys.last_used_at <= cast(used.column2 as bigint) - ${sql.lit(LAST_USE_EVERY_MS)}
      )`.execute(db)
  }
}
