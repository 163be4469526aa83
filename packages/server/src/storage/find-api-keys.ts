import { setImmediate as nextTurn } from 'node:timers/promises'
import { type CompiledQuery, type Kysely, sql, type Transaction } from 'kysely'
import type { StoredApiKey } from './api-key.ts'
import { STORED_KEY_COLUMNS, type StoredKeyRow, toStoredApiKey } from './api-key-rows.ts'
import type { Schema } from './schema.ts'

/** API keys and sessions, with their accounts. */
export function keysWithSessions(db: Kysely<Schema>) {
  return db.selectFrom('api_keys').innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
}

/** API keys, with their accounts. Every list and every count of keys begins with it. */
export function keysWithoutSessions(db: Kysely<Schema>) {
  return keysWithSessions(db).where('api_keys.kind', '=', 'api_key')
}

/** Whether any key exists, a signed-in browser's included. */
export async function hasApiKeys(db: Kysely<Schema>): Promise<boolean> {
  return (await db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Finds a key by its id, whatever its state. */
export async function findApiKey(db: Kysely<Schema>, apiKeyId: string): Promise<StoredApiKey | undefined> {
  const known = queriesById.get(db) ?? queryById(db, apiKeyId)
  queriesById.set(db, known)
  const { rows } = await db.executeQuery<StoredKeyRow>({ ...known, parameters: [apiKeyId] })
  return rows[0] && toStoredApiKey(rows[0])
}

function queryById(db: Kysely<Schema>, apiKeyId: string): CompiledQuery {
  return keysWithSessions(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
    .where('api_keys.id', '=', apiKeyId)
    .compile()
}

/**
 * Made once for each database: a flood of unknown ids needs only this query, and building it costs more than running
 * it.
 */
const queriesById = new WeakMap<Kysely<Schema>, CompiledQuery>()

/** Finds a key that is listed, by its id, whatever its state. */
export async function findListedApiKey(db: Kysely<Schema>, apiKeyId: string): Promise<StoredApiKey | undefined> {
  const row = await keysWithoutSessions(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
    .where('api_keys.id', '=', apiKeyId)
    .executeTakeFirst()
  return row && toStoredApiKey(row)
}

/** Finds these keys and sessions, whatever their state, in one statement: at most some thousands of ids. */
export async function findApiKeysById(db: Kysely<Schema>, apiKeyIds: readonly string[]): Promise<StoredApiKey[]> {
  if (apiKeyIds.length === 0) return []
  const rows = await keysWithSessions(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
    .where('api_keys.id', 'in', apiKeyIds)
    .orderBy('api_keys.created_at')
    .orderBy('api_keys.id')
    .execute()
  return rows.map(toStoredApiKey)
}

/** Finds the keys of all accounts that have this public key, whatever their state. */
export async function findApiKeysByFingerprint(db: Kysely<Schema>, fingerprint: string): Promise<StoredApiKey[]> {
  const rows = await keysWithSessions(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
    .where('api_keys.fingerprint', '=', fingerprint)
    .orderBy('api_keys.id')
    .execute()
  return rows.map(toStoredApiKey)
}

/** Lists an account's keys, whatever their state, in the order of their creation. */
export async function listApiKeys(db: Kysely<Schema>, accountId: string): Promise<StoredApiKey[]> {
  const rows = await keysWithoutSessions(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
    .where('api_keys.account_id', '=', accountId)
    .orderBy('api_keys.created_at')
    .orderBy('api_keys.id')
    .execute()
  return rows.map(toStoredApiKey)
}

/** A key in the list of its account. */
export interface BriefKey {
  readonly apiKeyId: string
  readonly name: string
  readonly scopes: string[]
  readonly subaccount?: number | undefined
}

/** Rows of one statement. */
const BRIEF_AT_ONCE = 1_000

/** The same keys with what the list of an account shows, in portions: an account may have 100,000 keys. */
export async function* listKeysBriefly(db: Kysely<Schema>, accountId: string): AsyncGenerator<BriefKey> {
  let last: { readonly createdAt: number; readonly id: string } | undefined
  for (;;) {
    const rows = await db
      .selectFrom('api_keys')
      .select(['id', 'name', 'scopes', 'subaccount', 'created_at'])
      .where('account_id', '=', accountId)
      .where('kind', '=', 'api_key')
      .$if(last !== undefined, (query) =>
        query.where(sql<boolean>`(created_at, id) > (${last?.createdAt ?? 0}, ${last?.id ?? ''})`),
      )
      .orderBy('created_at')
      .orderBy('id')
      .limit(BRIEF_AT_ONCE)
      .execute()
    for (const { id, name, scopes, subaccount, created_at: createdAt } of rows) {
      yield { apiKeyId: id, name, scopes: JSON.parse(scopes), subaccount: subaccount ?? undefined }
      last = { createdAt, id }
    }
    if (rows.length < BRIEF_AT_ONCE) return
    await nextTurn()
  }
}

/** How many keys an account has. */
export interface KeyCounts {
  /** Those that work or could work again: neither revoked nor expired. */
  readonly live: number
  readonly all: number
}

/**
 * Counts the keys of this account. To hold a limit with it, call `lockAccount` before, in the same transaction.
 *
 * @param now Unix milliseconds.
 */
export async function countApiKeys(trx: Transaction<Schema>, accountId: string, now: number): Promise<KeyCounts> {
  const isLive = sql`state <> 'revoked' and (expires_at is null or expires_at > ${now})`
  return keysWithoutSessions(trx)
    .select([sql<number>`count(*)`.as('all'), sql<number>`count(case when ${isLive} then 1 end)`.as('live')])
    .where('api_keys.account_id', '=', accountId)
    .executeTakeFirstOrThrow()
}

/** The account that a deleted key was of. */
export async function findAccountOfDeletedKey(db: Kysely<Schema>, apiKeyId: string): Promise<string | undefined> {
  const row = await db.selectFrom('deleted_api_keys').select('account_id').where('id', '=', apiKeyId).executeTakeFirst()
  return row?.account_id
}
