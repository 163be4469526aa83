import { PostgresAdapter, sql } from 'kysely'
import type { Migration } from '../migration.ts'

/**
 * The function that gives key changes and audit events their places, in PostgreSQL (`write-journal.ts`). It locks the
 * counter of changes and the end of the audit chain, in this order, until the commit that follows it.
 */
export const journalFunction: Migration = {
  name: '009-write-journal',
  async up(trx) {
    if (!(trx.getExecutor().adapter instanceof PostgresAdapter)) return
    await sql`
      create function write_journal(journal jsonb) returns void language plpgsql as $$
      declare
        change_count constant bigint := jsonb_array_length(journal -> 'changes');
        last_change bigint;
        place bigint;
        end_hash text;
        before_hash text;
        event jsonb;
      begin
        -- Accounts first: whoever waits for the row of an account holds nothing that all others need.
        update accounts set
            audit_hour = charge.hour,
            audit_bytes = case when audit_hour = charge.hour then audit_bytes else 0 end + charge.bytes
          from (
            select account_id, hour, sum(bytes)::bigint as bytes
              from jsonb_to_recordset(journal -> 'charges') as each (account_id text, hour bigint, bytes bigint)
              group by account_id, hour
          ) as charge
          where accounts.id = charge.account_id;

        if change_count > 0 then
          update counters set value = value + change_count where name = 'key_changes'
            returning value - change_count into strict last_change;
          insert into key_changes (seq, account_id, api_key_id, changed_at)
            select last_change + nth, change ->> 'account_id', change ->> 'api_key_id', (change ->> 'changed_at')::bigint
              from jsonb_array_elements(journal -> 'changes') with ordinality as each (change, nth);
        end if;

        if jsonb_array_length(journal -> 'events') = 0 then return; end if;
        select chain.seq, chain.hash into strict place, end_hash from audit_chain as chain for update;
        for event in select value from jsonb_array_elements(journal -> 'events') with ordinality order by ordinality loop
          place := place + 1;
          before_hash := end_hash;
          -- base64url of the same text that hashEvent hashes
          end_hash := rtrim(translate(encode(sha256(convert_to(
            (event #>> '{hashed,before}') || before_hash || (event #>> '{hashed,between}') || place
              || (event #>> '{hashed,after}'), 'UTF8')), 'base64'), '+/', '-_'), '=');
          insert into audit_events (seq, at, action, actor_type, actor_account_id, actor_key_id, actor_ip, account_id,
              api_key_id, before_change, after_change, reason, previous_hash, hash)
            values (place, (event ->> 'at')::bigint, event ->> 'action', event ->> 'actor_type',
              event ->> 'actor_account_id', event ->> 'actor_key_id', event ->> 'actor_ip', event ->> 'account_id',
              event ->> 'api_key_id', event ->> 'before_change', event ->> 'after_change', event ->> 'reason',
              before_hash, end_hash);
        end loop;
        update audit_chain set seq = place, hash = end_hash;
      end $$`.execute(trx)
  },
}
