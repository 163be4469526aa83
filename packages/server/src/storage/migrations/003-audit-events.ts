import { chainStart } from '@countersign/protocol'
import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** The audit log, and how far its chain of hashes goes. */
export const auditEvents: Migration = {
  name: '003-audit-events',
  async up(trx, { int8, strict }) {
    // No reference to accounts or keys: an event outlives what it tells of.
    await sql`
      create table audit_events (
        seq ${int8} not null primary key,
        at ${int8} not null,
        action text not null,
        actor_type text not null,
        actor_account_id text,
        actor_key_id text,
        actor_ip text,
        account_id text,
        api_key_id text,
        before_change text,
        after_change text,
        reason text,
        previous_hash text not null,
        hash text not null
      ) ${strict}`.execute(trx)
    await sql`create index audit_events_by_account on audit_events (account_id, seq)`.execute(trx)
    await sql`create index audit_events_by_key on audit_events (api_key_id, seq)`.execute(trx)
    await sql`create index audit_events_by_actor on audit_events (actor_key_id, seq)`.execute(trx)
    await sql`create index audit_events_by_action on audit_events (action, seq)`.execute(trx)
    await sql`create index audit_events_by_time on audit_events (at, seq)`.execute(trx)

    // One row, whose lock keeps events in order.
    await sql`
      create table audit_chain (
        id integer not null primary key check (id = 1),
        seq ${int8} not null,
        hash text not null
      ) ${strict}`.execute(trx)
    const { id } = await trx.selectFrom('deployment').select('id').executeTakeFirstOrThrow()
    const { seq, hash } = await chainStart(id)
    await sql`insert into audit_chain (id, seq, hash) values (1, ${seq}, ${hash})`.execute(trx)
  },
}
