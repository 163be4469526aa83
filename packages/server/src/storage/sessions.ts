import type { Kysely } from 'kysely'
import type { StoredApiKey } from './api-key.ts'
import { STORED_KEY_COLUMNS, toStoredApiKey } from './api-key-rows.ts'
import { keysWithSessions } from './find-api-keys.ts'
import type { Schema } from './schema.ts'

/**
 * The active sessions of an account, newest first: rows of `api_keys` that no list or count of keys shows.
 *
 * @param now Unix milliseconds.
 */
export async function listSessions(db: Kysely<Schema>, accountId: string, now: number): Promise<StoredApiKey[]> {
  const rows = await keysWithSessions(db)
    .selectAll('api_keys')
    .select(STORED_KEY_COLUMNS)
    .where('api_keys.account_id', '=', accountId)
    .where('api_keys.kind', '=', 'session')
    .where('api_keys.state', '=', 'active')
    .where('api_keys.expires_at', '>', now)
    .orderBy('api_keys.created_at', 'desc')
    .orderBy('api_keys.id')
    .execute()
  return rows.map(toStoredApiKey)
}
