import { randomUUID } from 'node:crypto'
import { type Denied, denied } from '@countersign/gate'
import { fingerprintOf, missingScopes, type PublicKey } from '@countersign/protocol'
import { lockAccount } from '../storage/accounts.ts'
import { type ApiKey, countLiveApiKeys, findApiKey, insertApiKey, type StoredApiKey } from '../storage/api-keys.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedKey } from './audited-key.ts'
import type { ActionContext } from './context.ts'
import type { CheckedKeyRequest } from './key-request.ts'

/**
 * Registers a public key for the actor's account, durable when it returns. The new key inherits or narrows what the
 * actor's key may do, as that key stands in this very transaction: a key's powers never grow through another key.
 */
export async function issueKey(
  { database, settings, keyChanged, now }: ActionContext,
  actor: Actor,
  request: CheckedKeyRequest,
  publicKey: PublicKey,
): Promise<{ readonly apiKeyId: string } | Denied> {
  const apiKeyId = randomUUID()
  const fingerprint = await fingerprintOf(publicKey)
  const nowMs = now()
  const refused = await inTransaction(database, async (trx) => {
    await lockAccount(trx, actor.accountId)
    const parent = await findApiKey(trx, actor.keyId)
    const powerless = checkParent(parent, request, nowMs)
    if (powerless || !parent) return powerless ?? denied('key_not_found')
    if ((await countLiveApiKeys(trx, actor.accountId, nowMs)) >= settings.maxKeysPerAccount) {
      return denied('api_key_limit_reached', `at most ${settings.maxKeysPerAccount} keys`)
    }
    const key: ApiKey = {
      apiKeyId,
      accountId: actor.accountId,
      name: request.name,
      keyType: publicKey.type,
      publicKey: publicKey.spki,
      fingerprint,
      scopes: request.scopes,
      state: 'active',
      parentKeyId: parent.apiKeyId,
      createdAt: nowMs,
      ...(request.subaccount !== undefined && { subaccount: request.subaccount }),
      ...(parent.expiresAt !== undefined && { expiresAt: parent.expiresAt }),
      ...(parent.ipAllowlist !== undefined && { ipAllowlist: parent.ipAllowlist }),
      ...(parent.minimumProfile !== undefined && { minimumProfile: parent.minimumProfile }),
    }
    if ((await insertApiKey(trx, key)) === 'duplicate_public_key') return denied('public_key_already_registered')
    const { accountId } = actor
    const entry = {
      action: 'key.created',
      actor: auditActor(actor),
      accountId,
      apiKeyId,
      after: auditedKey(key),
    } as const
    await appendAuditEvent(trx, entry, nowMs)
    return undefined
  })
  if (refused) return refused
  keyChanged({ accountId: actor.accountId, keyId: apiKeyId })
  return { apiKeyId }
}

/** The gate decided before this transaction; meanwhile the key may have lost what it had. */
function checkParent(parent: StoredApiKey | undefined, request: CheckedKeyRequest, nowMs: number): Denied | undefined {
  if (!parent) return denied('key_not_found')
  if (parent.state === 'revoked') return denied('key_revoked')
  if (parent.state === 'disabled') return denied('key_disabled')
  if (parent.expiresAt !== undefined && nowMs >= parent.expiresAt) return denied('key_expired')
  if (parent.accountSuspended) return denied('account_suspended')
  if (parent.subaccount !== undefined) return denied('subaccount_restricted')
  const [missing] = missingScopes(parent.scopes, request.scopes)
  return missing === undefined ? undefined : denied('insufficient_scope', missing)
}
