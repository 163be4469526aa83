import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** Accounts, their API keys, the feed of changes to them, and the id of this deployment. */
export const accountsAndKeys: Migration = {
  name: '001-accounts-and-keys',
  async up(trx, { int8, bytes, strict }, now) {
    await sql`
      create table deployment (
        id text not null primary key,
        created_at ${int8} not null
      ) ${strict}`.execute(trx)
    await sql`insert into deployment (id, created_at) values (${randomUUID()}, ${now})`.execute(trx)

    await sql`
      create table accounts (
        id text not null primary key,
        name text not null check (name <> ''),
        external_id text unique,
        tier text not null,
        suspended_at ${int8},
        created_at ${int8} not null
      ) ${strict}`.execute(trx)
    await sql`create index accounts_by_name on accounts (name)`.execute(trx)

    await sql`
      create table api_keys (
        id text not null primary key,
        account_id text not null references accounts (id),
        name text not null check (name <> ''),
        key_type text not null check (key_type in ('rsa', 'ed25519')),
        public_key ${bytes} not null,
        fingerprint text not null,
        scopes text not null,
        subaccount integer check (subaccount between 0 and 63),
        state text not null check (state in ('active', 'disabled', 'revoked')),
        revoked_reason text check (revoked_reason is null or state = 'revoked'),
        expires_at ${int8},
        ip_allowlist text,
        minimum_profile text,
        parent_key_id text,
        created_at ${int8} not null,
        unique (account_id, fingerprint)
      ) ${strict}`.execute(trx)
    await sql`create index api_keys_in_creation_order on api_keys (account_id, created_at, id)`.execute(trx)

    await sql`
      create table key_changes (
        seq ${int8} not null primary key,
        account_id text not null,
        api_key_id text,
        changed_at ${int8} not null
      ) ${strict}`.execute(trx)

    await sql`
      create table counters (
        name text not null primary key,
        value ${int8} not null
      ) ${strict}`.execute(trx)
    await sql`insert into counters (name, value) values ('key_changes', 0)`.execute(trx)
  },
}
