import type { Kysely, Transaction } from 'kysely'
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

/** Stores what a call made, and deletes old entries. */
export async function rememberMade(
  trx: Transaction<Schema>,
  { keyId, idempotencyKey, requestDigest }: RepeatableCall,
  madeId: string,
  now: number,
): Promise<void> {
  await trx
    .deleteFrom('idempotency')
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
