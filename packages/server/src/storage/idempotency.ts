import { type Kysely, type SqlBool, sql, type Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** How long a call is remembered by its Idempotency-Key, in milliseconds. */
export const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000

/** A creating call that its sender may repeat. */
export interface RepeatableCall {
  /** The key that signed it. */
  readonly keyId: string
  readonly idempotencyKey: string
  /** SHA-256 of operation and body, base64url. */
  readonly requestDigest: string
}

/** What such a call made before; `another` if it was another request. */
export async function findMade(
  db: Kysely<Schema>,
  call: RepeatableCall,
  now: number,
): Promise<{ readonly madeId: string } | 'another' | undefined> {
  const row = await db
    .selectFrom('idempotency')
    .selectAll()
    .where('key_id', '=', call.keyId)
    .where('idempotency_key', '=', call.idempotencyKey)
    .where('created_at', '>', now - IDEMPOTENCY_KEPT_MS)
    .executeTakeFirst()
  if (!row) return undefined
  return row.request_digest === call.requestDigest ? { madeId: row.made_id } : 'another'
}

/** Stores what a call made. An expired entry of the same call is replaced. */
export async function rememberMade(
  trx: Transaction<Schema>,
  { keyId, idempotencyKey, requestDigest }: RepeatableCall,
  madeId: string,
  now: number,
): Promise<void> {
  await trx
    .deleteFrom('idempotency')
    .where('key_id', '=', keyId)
    .where('idempotency_key', '=', idempotencyKey)
    .where('created_at', '<=', now - IDEMPOTENCY_KEPT_MS)
    .execute()
  await trx
    .insertInto('idempotency')
    .values({
      key_id: keyId,
      idempotency_key: idempotencyKey,
      request_digest: requestDigest,
      made_id: madeId,
      created_at: now,
    })
    .execute()
}

/** Deletes expired entries, `limit` at most, and returns how many. */
export async function pruneIdempotency(trx: Transaction<Schema>, now: number, limit: number): Promise<number> {
  const old = trx
    .selectFrom('idempotency')
    .select(['key_id', 'idempotency_key'])
    .where('created_at', '<=', now - IDEMPOTENCY_KEPT_MS)
    .orderBy('created_at')
    .limit(limit)
  const { numDeletedRows } = await trx
    .deleteFrom('idempotency')
    .where(({ refTuple }) => sql<SqlBool>`${refTuple('key_id', 'idempotency_key')} in (${old})`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
