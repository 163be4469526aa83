import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** The last batch of counts of each reporter, so that a batch counts once. */
export const usageReporters: Migration = {
  name: '006-usage-reporters',
  async up(trx, { int8, strictClustered }) {
    await sql`
      create table usage_reporters (
        id text not null primary key,
        sequence ${int8} not null,
        at ${int8} not null
      ) ${strictClustered}`.execute(trx)
  },
}
