import { type Kysely, sql } from 'kysely'
import { type Account, toAccount } from './accounts.ts'
import type { KeyCounts } from './find-api-keys.ts'
import type { Schema } from './schema.ts'

/** What decides whether an account may register a public key, beside the key of the caller. */
export interface Registration {
  readonly account: Account
  readonly counts: KeyCounts
  /** Whether the public key is burned everywhere, or barred in this account. */
  readonly isCompromised: boolean
}

/**
 * Reads all of it in one statement.
 *
 * @param nowMs Unix milliseconds.
 */
export async function readRegistration(
  db: Kysely<Schema>,
  accountId: string,
  fingerprint: string,
  nowMs: number,
): Promise<Registration | undefined> {
  const keys = sql`api_keys where account_id = accounts.id and kind = 'api_key'`
  const row = await db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', accountId)
    .select([
      sql<number>`(select count(*) from ${keys})`.as('all_keys'),
      sql<number>`(select count(*) from ${keys} and state <> 'revoked'
        and (expires_at is null or expires_at > ${nowMs}))`.as('live_keys'),
      sql<number>`(select count(*) from burned_fingerprints where fingerprint = ${fingerprint})`.as('burned'),
      sql<number>`(select count(*) from barred_fingerprints
        where account_id = accounts.id and fingerprint = ${fingerprint})`.as('barred'),
    ])
    .executeTakeFirst()
  return (
    row && {
      account: toAccount(row),
      counts: { all: row.all_keys, live: row.live_keys },
      isCompromised: row.burned + row.barred > 0,
    }
  )
}
