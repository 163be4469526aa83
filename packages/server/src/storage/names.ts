import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The names of these keys and their accounts' ids; keys that are not there, and those of browsers, have no entry. */
export async function findKeyNames(
  db: Kysely<Schema>,
  keyIds: readonly string[],
): Promise<Map<string, { readonly name: string; readonly accountId: string }>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('api_keys')
    .select(['id', 'name', 'account_id'])
    .where('id', 'in', keyIds)
    .where('kind', '=', 'api_key')
    .execute()
  return new Map(rows.map(({ id, name, account_id: accountId }) => [id, { name, accountId }]))
}

/** The names of these accounts; accounts that are not there have no entry. */
export async function findAccountNames(
  db: Kysely<Schema>,
  accountIds: readonly string[],
): Promise<Map<string, string>> {
  if (accountIds.length === 0) return new Map()
  const rows = await db.selectFrom('accounts').select(['id', 'name']).where('id', 'in', accountIds).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
