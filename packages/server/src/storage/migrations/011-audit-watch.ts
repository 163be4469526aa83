import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** One row: the node that reads the audit log and signs its heads, and how far it has read. */
export const auditWatch: Migration = {
  name: '011-audit-watch',
  async up(trx, { int8, strict }) {
    await sql`
      create table audit_watch (
        id integer not null primary key check (id = 1),
        holder text not null,
        signs integer not null,
        held_until ${int8} not null,
        read_from_start_at ${int8} not null,
        seq ${int8},
        hash text,
        status text
      ) ${strict}`.execute(trx)
    await sql`insert into audit_watch (id, holder, signs, held_until, read_from_start_at) values (1, '', 0, 0, 0)`.execute(
      trx,
    )
  },
}
