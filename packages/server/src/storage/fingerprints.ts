import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** Whether this public key cannot be registered in this account: it is burned everywhere, or barred there. */
export async function isCompromised(db: Kysely<Schema>, accountId: string, fingerprint: string): Promise<boolean> {
  const found = await db
    .selectFrom('burned_fingerprints')
    .select('fingerprint')
    .where('fingerprint', '=', fingerprint)
    .unionAll(
      db
        .selectFrom('barred_fingerprints')
        .select('fingerprint')
        .where('account_id', '=', accountId)
        .where('fingerprint', '=', fingerprint),
    )
    .executeTakeFirst()
  return found !== undefined
}

/** Whether this public key is burned: its holder proved that it must never be used again. */
export async function isBurned(db: Kysely<Schema>, fingerprint: string): Promise<boolean> {
  const burned = await db
    .selectFrom('burned_fingerprints')
    .select('fingerprint')
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst()
  return burned !== undefined
}

/** Whether a key with this public key was ever deleted here. */
export async function wasDeleted(db: Kysely<Schema>, fingerprint: string): Promise<boolean> {
  const deleted = await db
    .selectFrom('deleted_api_keys')
    .select('id')
    .where('fingerprint', '=', fingerprint)
    .limit(1)
    .executeTakeFirst()
  return deleted !== undefined
}

/** Bars a public key everywhere and for good. */
export async function burnFingerprint(
  trx: Transaction<Schema>,
  fingerprint: string,
  reason: string,
  now: number,
): Promise<void> {
  await trx
    .insertInto('burned_fingerprints')
    .values({ fingerprint, reason, burned_at: now })
    .onConflict((conflict) => conflict.column('fingerprint').doNothing())
    .execute()
}

/** Rows of one statement. */
const ROWS_A_STATEMENT = 1_000

/** Bars public keys for good, each in the account of its key. */
export async function barFingerprints(
  trx: Transaction<Schema>,
  keys: readonly { readonly accountId: string; readonly fingerprint: string }[],
  now: number,
): Promise<void> {
  for (let i = 0; i < keys.length; i += ROWS_A_STATEMENT) {
    const rows = keys.slice(i, i + ROWS_A_STATEMENT)
    await trx
      .insertInto('barred_fingerprints')
      .values(rows.map(({ accountId, fingerprint }) => ({ account_id: accountId, fingerprint, barred_at: now })))
      .onConflict((conflict) => conflict.columns(['account_id', 'fingerprint']).doNothing())
      .execute()
  }
}
