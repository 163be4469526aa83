import { randomUUID } from 'node:crypto'
import { keyNameProblem, normalizeKeyName, type StartSessionRequest, type StartSessionResponse } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import {
  fingerprintOf,
  importVerifyingKey,
  type PublicKey,
  parsePublicKey,
  verifyStatement,
} from '@countersign/protocol'
import type { Transaction } from 'kysely'
import { hashLinkCode } from '../sessions/link-code.ts'
import { lockAccount } from '../storage/accounts.ts'
import type { ApiKey } from '../storage/api-key.ts'
import { insertApiKey } from '../storage/change-api-keys.ts'
import { findApiKey, findApiKeysByFingerprint } from '../storage/find-api-keys.ts'
import { isCompromised } from '../storage/fingerprints.ts'
import { findLink, type Link, useLink } from '../storage/links.ts'
import { takeLocks } from '../storage/locks.ts'
import type { Schema } from '../storage/schema.ts'
import { auditedKey } from './audited-key.ts'
import { type Change, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { registrationLocks } from './issue-key.ts'
import { refuse } from './key-request.ts'

/** How long a session lasts, in milliseconds. */
export const SESSION_LIFETIME_MS = 8 * 3_600_000

/**
 * Trades the code of a sign-in link for a session: the browser's key is registered with the link's powers for 8 hours.
 * The same trade by the same key gets the same answer again, because the first answer may have been lost.
 *
 * @param ip the caller's address
 */
export async function startSession(
  context: ActionContext,
  request: StartSessionRequest,
  ip: string,
): Promise<StartSessionResponse | Denied> {
  const nameProblem = keyNameProblem(request.name)
  if (nameProblem) return refuse('name', nameProblem)
  const publicKey = parsePublicKey(request.public_key)
  if ('problem' in publicKey) return refuse('public_key', publicKey.message)
  const fingerprint = await fingerprintOf(publicKey)
  const codeSha256 = hashLinkCode(request.code)
  const fields = { code_sha256: codeSha256, new_fingerprint: fingerprint }
  const isProven = await verifyStatement(
    { purpose: 'session', deploymentId: context.deploymentId, fields },
    request.proof,
    await importVerifyingKey(publicKey),
  )
  if (!isProven) return refuse('proof', 'must be the statement "session" of this code, signed by this key')
  return changeKeys(context, { type: 'link', ip }, async (trx, nowMs) => {
    await takeLocks(trx, registrationLocks(fingerprint))
    const link = await findLink(trx, codeSha256, nowMs)
    if (!link) return denied('link_unknown')
    const account = await lockAccount(trx, link.accountId)
    if (!account) return denied('link_unknown')
    if (account.suspendedAt !== undefined) return denied('account_suspended')
    if (!(await isMakerGood(trx, link))) return denied('link_unknown')
    if (await isCompromised(trx, link.accountId, fingerprint)) return denied('public_key_compromised')
    const registered = (await findApiKeysByFingerprint(trx, fingerprint)).find(
      (key) => key.accountId === link.accountId,
    )
    if (registered && registered.apiKeyId !== link.sessionId) return denied('public_key_already_registered')
    const sessionId = randomUUID()
    if (!(await useLink(trx, link.linkId, sessionId, nowMs))) return again(trx, codeSha256, fingerprint, nowMs)
    const session = newSession(link, { sessionId, name: normalizeKeyName(request.name), publicKey, fingerprint, nowMs })
    if ((await insertApiKey(trx, session)) === 'duplicate_public_key')
      throw new Error('the account was locked for this key')
    const after = { ...auditedKey(session), link_id: link.linkId }
    const events = [{ action: 'session.started', accountId: link.accountId, apiKeyId: sessionId, after }] as const
    return { result: responseOf(session), events }
  })
}

function responseOf({ apiKeyId, accountId, scopes, expiresAt, createdAt }: ApiKey): StartSessionResponse {
  return {
    session_id: apiKeyId,
    account_id: accountId,
    scopes: [...scopes],
    expires_at: expiresAt ?? createdAt + SESSION_LIFETIME_MS,
  }
}

/**
 * A link is worthless if its maker was deleted, disabled or revoked since. A browser that only signed out made good
 * links.
 */
async function isMakerGood(trx: Transaction<Schema>, { createdBy }: Link): Promise<boolean> {
  if (createdBy === undefined) return true
  const maker = await findApiKey(trx, createdBy)
  if (!maker || maker.accountSuspended) return false
  return maker.state === 'active' || (maker.kind === 'session' && maker.revokedReason === 'signed_out')
}

/** The session that this key has from the link; otherwise why the link cannot be used. */
async function again(
  trx: Transaction<Schema>,
  codeSha256: string,
  fingerprint: string,
  nowMs: number,
): Promise<Change<StartSessionResponse> | Denied> {
  const link = await findLink(trx, codeSha256, nowMs)
  if (link?.usedAt === undefined) return denied('link_expired')
  const session = link.sessionId === undefined ? undefined : await findApiKey(trx, link.sessionId)
  if (session?.fingerprint !== fingerprint || session.state !== 'active') return denied('link_used')
  return { result: responseOf(session), events: [] }
}

interface NewSession {
  readonly sessionId: string
  readonly name: string
  readonly publicKey: PublicKey
  readonly fingerprint: string
  readonly nowMs: number
}

function newSession(link: Link, { sessionId, name, publicKey, fingerprint, nowMs }: NewSession): ApiKey {
  return {
    apiKeyId: sessionId,
    kind: 'session',
    accountId: link.accountId,
    name,
    keyType: publicKey.type,
    publicKey: publicKey.spki,
    fingerprint,
    scopes: link.scopes,
    state: 'active',
    operatorKeyId: link.createdBy,
    createdAt: nowMs,
    expiresAt: nowMs + SESSION_LIFETIME_MS,
  }
}
