import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** The last refused requests: of each key, and (with an empty `key_id`) those that do not prove their sender. */
export const refusals: Migration = {
  name: '010-refusals',
  async up(trx, { int8, strictClustered }, now) {
    await sql`
      create table refusals (
        key_id text not null,
        at ${int8} not null,
        id text not null,
        body text not null,
        primary key (key_id, at, id)
      ) ${strictClustered}`.execute(trx)
    await sql`create index refusals_by_time on refusals (at)`.execute(trx)
    await sql`alter table deployment add column refusals_since ${int8} not null default 0`.execute(trx)
    await sql`update deployment set refusals_since = ${now}`.execute(trx)
  },
}
