import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { LINK_LIFETIME_MS, makeLinkCode } from '../sessions/link-code.ts'
import { insertLink } from '../storage/links.ts'
import type { Schema } from '../storage/schema.ts'
import type { ChangeEvent } from './change-keys.ts'

/** The account of a link, and its maker. */
export interface LinkRequest {
  readonly accountId: string
  /** The powers of the session. The caller has checked that the maker may give them. */
  readonly scopes: readonly string[]
  /** The key that makes it; absent = it is made on the database. */
  readonly createdBy?: string
}

/** A link that was made. */
export interface MadeLink {
  readonly linkId: string
  /** It is in the answer to its maker and nowhere else. */
  readonly code: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** Makes a sign-in link for an account: it works once, within ten minutes. */
export async function makeLink(
  trx: Transaction<Schema>,
  { accountId, scopes, createdBy }: LinkRequest,
  nowMs: number,
): Promise<{ readonly link: MadeLink; readonly event: ChangeEvent }> {
  const { code, codeSha256 } = makeLinkCode()
  const linkId = randomUUID()
  const expiresAt = nowMs + LINK_LIFETIME_MS
  await insertLink(trx, { linkId, codeSha256, accountId, scopes, createdAt: nowMs, expiresAt, createdBy })
  const after = { link_id: linkId, scopes: [...scopes], expires_at: expiresAt }
  return { link: { linkId, code, expiresAt }, event: { action: 'link.created', accountId, after } }
}
