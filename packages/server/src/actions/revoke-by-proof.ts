import { REVOCATION_REASONS, type RevocationRequest, type RevocationResponse } from '@countersign/api'
import type { Denied } from '@countersign/gate'
import { fingerprintOf, importVerifyingKey, parsePublicKey, verifyStatement } from '@countersign/protocol'
import { lockAccounts } from '../storage/accounts.ts'
import { findApiKeysByFingerprint } from '../storage/api-keys.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { burnFingerprint, isBurned, lockRegistrations, wasDeleted } from '../storage/fingerprints.ts'
import { inTransaction } from '../storage/transaction.ts'
import { findUnusedBuckets } from '../storage/unused-buckets.ts'
import type { ActionContext } from './context.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { type Revoked, revokeAll } from './revoke-key.ts'

type Status = RevocationResponse['status']

/**
 * Revokes a public key in every account that has it, and bars it everywhere for good. The proof is a signature of its
 * private key. Nothing is stored about a public key that was never registered here.
 *
 * @param ip the address of the request
 */
export async function revokeByProof(
  { database, deploymentId, keyChanged, bucketEnded, now }: ActionContext,
  request: RevocationRequest,
  ip: string,
): Promise<Status | Denied> {
  const unknown = refuseUnknownFields(request, ['public_key', 'reason', 'signature'])
  if (unknown) return unknown
  const { public_key: pem, reason, signature } = request
  if (!REVOCATION_REASONS.some((it) => it === reason)) {
    return refuse('reason', `must be one of ${REVOCATION_REASONS.join(', ')}`)
  }
  const publicKey = parsePublicKey(pem)
  if ('problem' in publicKey) return refuse('public_key', publicKey.message)
  const fingerprint = await fingerprintOf(publicKey)
  const statement = { purpose: 'revoke', deploymentId, fields: { fingerprint, reason } } as const
  if (!(await verifyStatement(statement, signature, await importVerifyingKey(publicKey)))) {
    return refuse('signature', 'is no signature of the statement "revoke" for this deployment, key and reason')
  }
  const nowMs = now()
  const done = await inTransaction(database, async (trx): Promise<Done> => {
    await lockRegistrations(trx)
    if (await isBurned(trx, fingerprint)) return { status: 'already_revoked', revoked: [], buckets: [] }
    const found = await findApiKeysByFingerprint(trx, fingerprint)
    if (found.length === 0 && !(await wasDeleted(trx, fingerprint)))
      return { status: 'unknown', revoked: [], buckets: [] }
    await lockAccounts(
      trx,
      found.map(({ accountId }) => accountId),
    )
    const actor = { type: 'proof', ip } as const
    await burnFingerprint(trx, fingerprint, reason, nowMs)
    const keys = await findApiKeysByFingerprint(trx, fingerprint)
    const revoked = await revokeAll(trx, keys, actor, { reason }, nowMs)
    await appendAuditEvent(trx, { action: 'fingerprint.burned', actor, after: { fingerprint }, reason }, nowMs)
    return { status: 'revoked', revoked, buckets: await findUnusedBuckets(trx, revoked) }
  })
  for (const { accountId, apiKeyId: keyId } of done.revoked) keyChanged({ accountId, keyId })
  for (const bucket of done.buckets) bucketEnded(bucket)
  return done.status
}

interface Done extends Revoked {
  readonly status: Status
}
