import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** Revocations of more keys than one transaction takes: how far each is, and the keys that it has found. */
export const cascades: Migration = {
  name: '012-cascades',
  async up(trx, { int8, strict, strictClustered }) {
    await sql`
      create table cascades (
        id text not null primary key,
        root_key_id text not null,
        root_account_id text not null,
        only_account_id text,
        actor text not null,
        reason text not null,
        note text,
        started_at ${int8} not null,
        finished_at ${int8},
        total ${int8},
        revoked ${int8} not null,
        passed ${int8} not null,
        found ${int8} not null,
        expanded ${int8} not null,
        expanded_to text,
        holder text,
        held_until ${int8} not null
      ) ${strict}`.execute(trx)
    await sql`create index cascades_by_root on cascades (root_key_id, started_at)`.execute(trx)
    await sql`create index cascades_running on cascades (started_at) where finished_at is null`.execute(trx)
    await sql`
      create table cascade_keys (
        cascade_id text not null,
        place ${int8} not null,
        key_id text not null,
        primary key (cascade_id, place)
      ) ${strictClustered}`.execute(trx)

    // With the id, so that the keys of one maker are read in portions.
    for (const table of ['api_keys', 'deleted_api_keys'] as const) {
      for (const maker of ['parent', 'operator'] as const) {
        const [index, column] = [sql.id(`${table}_by_${maker}`), sql.id(`${maker}_key_id`)]
        await sql`drop index ${index}`.execute(trx)
        await sql`create index ${index} on ${sql.id(table)} (${column}, id) where ${column} is not null`.execute(trx)
      }
    }
    await sql`create index links_by_creator on links (created_by) where used_at is null`.execute(trx)
  },
}
