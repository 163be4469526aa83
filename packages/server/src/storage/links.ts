import type { Kysely, Selectable, Transaction } from 'kysely'
import type { LinksTable, Schema } from './schema.ts'

/** A single-use link by which a browser signs in. */
export interface Link {
  /** UUID v4. */
  readonly linkId: string
  /** SHA-256 of the code in the link, base64url. The code itself is stored nowhere. */
  readonly codeSha256: string
  readonly accountId: string
  /** What the session may do. */
  readonly scopes: readonly string[]
  /** The operator's key that made it; absent = it was made on the database. */
  readonly createdBy?: string
  /** Unix milliseconds. */
  readonly createdAt: number
  /** Unix milliseconds; from then on it cannot be used. */
  readonly expiresAt: number
  /** Unix milliseconds; absent = it was not used. */
  readonly usedAt?: number
  /** The session that it was used for. */
  readonly sessionId?: string
}

/** Adds a link. */
export async function insertLink(trx: Transaction<Schema>, link: Link): Promise<void> {
  await trx
    .insertInto('links')
    .values({
      id: link.linkId,
      code_sha256: link.codeSha256,
      account_id: link.accountId,
      scopes: JSON.stringify(link.scopes),
      created_by: link.createdBy ?? null,
      created_at: link.createdAt,
      expires_at: link.expiresAt,
      used_at: link.usedAt ?? null,
      session_id: link.sessionId ?? null,
    })
    .execute()
}

/** For a day after its end, the answer distinguishes a used or expired link from an unknown one. */
export const LINKS_KEPT_MS = 24 * 3_600_000

/**
 * Finds a link by the hash of its code, used or not, until a day after its end.
 *
 * @param now Unix milliseconds.
 */
export async function findLink(db: Kysely<Schema>, codeSha256: string, now: number): Promise<Link | undefined> {
  const row = await db
    .selectFrom('links')
    .selectAll()
    .where('code_sha256', '=', codeSha256)
    .where('expires_at', '>=', now - LINKS_KEPT_MS)
    .executeTakeFirst()
  return row && toLink(row)
}

/**
 * Uses a link for a session. Of several calls for one link, exactly one returns true.
 *
 * @param now Unix milliseconds.
 */
export async function useLink(
  trx: Transaction<Schema>,
  linkId: string,
  sessionId: string,
  now: number,
): Promise<boolean> {
  const used = await trx
    .updateTable('links')
    .set({ used_at: now, session_id: sessionId })
    .where('id', '=', linkId)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('id')
    .executeTakeFirst()
  return used !== undefined
}

/** Ids in one statement. */
const IDS_A_STATEMENT = 1_000

/**
 * Ends the unused links of these keys. It waits for a transaction that is using one.
 *
 * @param now Unix milliseconds.
 * @returns the links that it ended
 */
export async function endLinksOf(trx: Transaction<Schema>, keyIds: readonly string[], now: number): Promise<Link[]> {
  const ended: Link[] = []
  for (let i = 0; i < keyIds.length; i += IDS_A_STATEMENT) {
    const rows = await trx
      .updateTable('links')
      .set({ expires_at: now })
      .where('created_by', 'in', keyIds.slice(i, i + IDS_A_STATEMENT))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .returningAll()
      .execute()
    ended.push(...rows.map(toLink))
  }
  return ended
}

/** Deletes links that could not be used from `before` on (Unix milliseconds), `limit` at most, and returns how many. */
export async function pruneLinks(trx: Transaction<Schema>, before: number, limit: number): Promise<number> {
  const old = trx.selectFrom('links').select('id').where('expires_at', '<', before).orderBy('expires_at').limit(limit)
  const { numDeletedRows } = await trx.deleteFrom('links').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

function toLink(row: Selectable<LinksTable>): Link {
  return {
    linkId: row.id,
    codeSha256: row.code_sha256,
    accountId: row.account_id,
    scopes: JSON.parse(row.scopes),
    createdBy: row.created_by ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at ?? undefined,
    sessionId: row.session_id ?? undefined,
  }
}
