import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** What each account has put into the audit log in the hour of its last change. */
export const auditQuota: Migration = {
  name: '007-audit-quota',
  async up(trx, { int8 }) {
    await sql`alter table accounts add column audit_hour ${int8} not null default 0`.execute(trx)
    await sql`alter table accounts add column audit_bytes ${int8} not null default 0`.execute(trx)
  },
}
