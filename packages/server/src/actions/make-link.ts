import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { LINK_LIFETIME_MS, makeLinkCode } from '../sessions/link-code.ts'
import { type AuditActor, appendAuditEvent } from '../storage/audit-events.ts'
import { insertLink, pruneLinks } from '../storage/links.ts'
import type { Schema } from '../storage/schema.ts'

/** For a day after its end, the answer distinguishes a used or expired link from an unknown one. */
const KEPT_MS = 24 * 3_600_000

/** The account of a link, and its maker. */
export interface LinkRequest {
  readonly accountId: string
  /** The powers of the session. The caller has checked that the maker may give them. */
  readonly scopes: readonly string[]
  readonly actor: AuditActor
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
export async function makeLink(trx: Transaction<Schema>, request: LinkRequest, nowMs: number): Promise<MadeLink> {
  const { accountId, scopes, actor } = request
  const { code, codeSha256 } = makeLinkCode()
  const linkId = randomUUID()
  const expiresAt = nowMs + LINK_LIFETIME_MS
  const createdBy = actor.apiKeyId
  await pruneLinks(trx, nowMs - KEPT_MS)
  await insertLink(trx, {
    linkId,
    codeSha256,
    accountId,
    scopes,
    createdAt: nowMs,
    expiresAt,
    ...(createdBy !== undefined && { createdBy }),
  })
  const after = { link_id: linkId, scopes: [...scopes], expires_at: expiresAt }
  await appendAuditEvent(trx, { action: 'link.created', actor, accountId, after }, nowMs)
  return { linkId, code, expiresAt }
}
