import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** Sign-in links, and the secret that the nonces of sessions are known by. */
export const links: Migration = {
  name: '005-links',
  async up(trx, { int8, strict }) {
    await sql`
      create table links (
        id text not null primary key,
        code_sha256 text not null unique,
        account_id text not null references accounts (id),
        scopes text not null,
        created_by text,
        created_at ${int8} not null,
        expires_at ${int8} not null,
        used_at ${int8},
        session_id text
      ) ${strict}`.execute(trx)
    await sql`create index links_by_end on links (expires_at)`.execute(trx)
    await sql`alter table api_keys add column kind text not null default 'api_key' check (kind in ('api_key', 'session'))`.execute(
      trx,
    )
    await sql`create index sessions_by_account on api_keys (account_id, created_at) where kind = 'session'`.execute(trx)

    await sql`alter table deployment add column nonce_secret text not null default ''`.execute(trx)
    await sql`update deployment set nonce_secret = ${randomBytes(32).toString('base64url')}`.execute(trx)
  },
}
