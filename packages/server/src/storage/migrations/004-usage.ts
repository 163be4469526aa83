import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** Decisions counted by key, account and code, in minutes, hours and days. */
export const usage: Migration = {
  name: '004-usage',
  async up(trx, { int8, strictClustered }) {
    await sql`
      create table usage (
        subject text not null check (subject in ('key', 'account', 'code')),
        id text not null,
        step_s integer not null check (step_s in (60, 3600, 86400)),
        at ${int8} not null,
        allowed ${int8} not null,
        refused ${int8} not null,
        limited ${int8} not null,
        fault ${int8} not null,
        primary key (subject, id, step_s, at)
      ) ${strictClustered}`.execute(trx)
    await sql`create index usage_by_time on usage (step_s, at)`.execute(trx)
  },
}
