import { sql, type Transaction } from 'kysely'
import type { DialectWords, Migration } from '../migration.ts'
import type { Schema } from '../schema.ts'

/** Operators, restrictions that are set after a key was made, rotations, revocations that outlive keys, and retries. */
export const lifecycle: Migration = {
  name: '002-lifecycle',
  async up(trx, words) {
    await extendAccounts(trx)
    await extendApiKeys(trx, words)
    await addDeletedApiKeys(trx, words)
    await addFingerprints(trx, words)
    await addRotations(trx, words)
    await addIdempotency(trx, words)
    // Its row lock keeps a key from being registered while its fingerprint is being burned.
    await sql`insert into counters (name, value) values ('registrations', 0)`.execute(trx)
  },
}

async function extendAccounts(trx: Transaction<Schema>): Promise<void> {
  await sql`alter table accounts add column is_operator integer not null default 0 check (is_operator in (0, 1))`.execute(
    trx,
  )
  await sql`alter table accounts add column metadata text`.execute(trx)
  await sql`create index accounts_in_creation_order on accounts (created_at, id)`.execute(trx)
}

async function extendApiKeys(trx: Transaction<Schema>, { int8 }: DialectWords): Promise<void> {
  for (const column of [
    sql`bucket text`,
    sql`bucket_owner_id text`,
    sql`metadata text`,
    sql`operator_key_id text`,
    sql`disabled_at ${int8}`,
    sql`disabled_by text check (disabled_by in ('holder', 'operator'))`,
    sql`revoked_at ${int8}`,
    sql`revoked_note text`,
    sql`last_used_at ${int8}`,
    sql`last_used_ip text`,
  ]) {
    await sql`alter table api_keys add column ${column}`.execute(trx)
  }
  await sql`create index api_keys_of_all_accounts on api_keys (created_at, id)`.execute(trx)
  await sql`create index api_keys_by_fingerprint on api_keys (fingerprint)`.execute(trx)
  await sql`create index api_keys_by_parent on api_keys (parent_key_id) where parent_key_id is not null`.execute(trx)
  await sql`create index api_keys_by_operator on api_keys (operator_key_id) where operator_key_id is not null`.execute(
    trx,
  )
  await sql`create index api_keys_by_bucket on api_keys (bucket_owner_id) where bucket_owner_id is not null`.execute(
    trx,
  )
}

async function addDeletedApiKeys(trx: Transaction<Schema>, { int8, strict }: DialectWords): Promise<void> {
  await sql`
    create table deleted_api_keys (
      id text not null primary key,
      account_id text not null references accounts (id),
      fingerprint text not null,
      parent_key_id text,
      operator_key_id text,
      deleted_at ${int8} not null
    ) ${strict}`.execute(trx)
  await sql`create index deleted_api_keys_by_fingerprint on deleted_api_keys (fingerprint)`.execute(trx)
  await sql`create index deleted_api_keys_by_parent on deleted_api_keys (parent_key_id)`.execute(trx)
  await sql`create index deleted_api_keys_by_operator on deleted_api_keys (operator_key_id)`.execute(trx)
}

async function addFingerprints(trx: Transaction<Schema>, { int8, strict }: DialectWords): Promise<void> {
  await sql`
    create table burned_fingerprints (
      fingerprint text not null primary key,
      reason text not null,
      burned_at ${int8} not null
    ) ${strict}`.execute(trx)
  await sql`
    create table barred_fingerprints (
      account_id text not null references accounts (id),
      fingerprint text not null,
      barred_at ${int8} not null,
      primary key (account_id, fingerprint)
    ) ${strict}`.execute(trx)
}

async function addRotations(trx: Transaction<Schema>, { int8, strict }: DialectWords): Promise<void> {
  await sql`
    create table rotations (
      id text not null primary key,
      account_id text not null references accounts (id),
      old_key_id text not null,
      new_key_id text not null,
      started_at ${int8} not null,
      deadline ${int8} not null,
      old_expires_at ${int8},
      ended_at ${int8},
      outcome text check (outcome in ('finished', 'aborted')),
      check ((ended_at is null) = (outcome is null))
    ) ${strict}`.execute(trx)
  await sql`create index rotations_by_old_key on rotations (old_key_id, started_at)`.execute(trx)
  await sql`create index rotations_by_new_key on rotations (new_key_id, started_at)`.execute(trx)
}

async function addIdempotency(trx: Transaction<Schema>, { int8, strict }: DialectWords): Promise<void> {
  await sql`
    create table idempotency (
      key_id text not null,
      idempotency_key text not null,
      request_digest text not null,
      made_id text not null,
      created_at ${int8} not null,
      primary key (key_id, idempotency_key)
    ) ${strict}`.execute(trx)
  await sql`create index idempotency_by_age on idempotency (created_at)`.execute(trx)
}
