import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** The processes of the server that run now, and the public key of the one deployment key. */
export const nodes: Migration = {
  name: '008-nodes',
  async up(trx, { int8, strictClustered }) {
    await sql`
      create table nodes (
        id text not null primary key,
        host_name text not null,
        machine text not null,
        process_id text not null,
        planes text not null,
        version text not null,
        admission text not null,
        joined_at ${int8} not null,
        beat_at ${int8} not null
      ) ${strictClustered}`.execute(trx)
    await sql`alter table deployment add column key_fingerprint text`.execute(trx)
  },
}
