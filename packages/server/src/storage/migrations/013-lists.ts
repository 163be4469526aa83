import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** The first keys and accounts of each step of usage, and indexes for lists of many keys. */
export const lists: Migration = {
  name: '013-lists',
  async up(trx, { int8, strictClustered }) {
    await sql`
      create table usage_top (
        subject text not null check (subject in ('key', 'account')),
        step_s integer not null,
        at ${int8} not null,
        id text not null,
        total ${int8} not null,
        primary key (subject, step_s, at, id)
      ) ${strictClustered}`.execute(trx)
    await sql`
      insert into usage_top (subject, step_s, at, id, total)
        select subject, step_s, at, id, total from (
          select subject, step_s, at, id, allowed + refused + limited + fault as total,
              row_number() over (partition by subject, step_s, at
                order by allowed + refused + limited + fault desc, id) as place
            from usage where subject in ('key', 'account')
        ) as ranked where place <= 50`.execute(trx)

    await sql`
      create index api_keys_not_active on api_keys (state, created_at, id) where state <> 'active'`.execute(trx)
    await sql`create index api_keys_that_expire on api_keys (expires_at) where expires_at is not null`.execute(trx)
    await sql`create index rotations_open on rotations (deadline, old_key_id) where ended_at is null`.execute(trx)
  },
}
