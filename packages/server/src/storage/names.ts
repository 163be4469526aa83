import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** A key's name and its account. */
export interface KeyName {
  readonly name: string
  readonly accountId: string
  readonly isBrowser: boolean
}

/** The names of these keys, also of browsers. Missing keys have no entry. */
export async function findKeyNames(db: Kysely<Schema>, keyIds: readonly string[]): Promise<Map<string, KeyName>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('api_keys')
    .select(['id', 'name', 'account_id', 'kind'])
    .where('id', 'in', keyIds)
    .execute()
  return new Map(
    rows.map(({ id, name, account_id: accountId, kind }) => [id, { name, accountId, isBrowser: kind === 'session' }]),
  )
}

/** The names of these accounts. Missing accounts have no entry. */
export async function findAccountNames(
  db: Kysely<Schema>,
  accountIds: readonly string[],
): Promise<Map<string, string>> {
  if (accountIds.length === 0) return new Map()
  const rows = await db.selectFrom('accounts').select(['id', 'name']).where('id', 'in', accountIds).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
