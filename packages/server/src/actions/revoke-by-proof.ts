import { REVOCATION_REASONS, type RevocationRequest, type RevocationResponse } from '@countersign/api'
import type { Denied } from '@countersign/gate'
import { fingerprintOf, importVerifyingKey, parsePublicKey, verifyStatement } from '@countersign/protocol'
import { lockAccounts } from '../storage/accounts.ts'
import { findApiKeysByFingerprint } from '../storage/find-api-keys.ts'
import { burnFingerprint, isBurned, wasDeleted } from '../storage/fingerprints.ts'
import { takeLocks } from '../storage/locks.ts'
import { type Change, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { registrationLocks } from './issue-key.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { revokeAll } from './revoke-all.ts'

type Status = RevocationResponse['status']

/**
 * Revokes a public key in every account that has it, and bars it everywhere for good. The proof is a signature of its
 * private key. Nothing is stored about a public key that was never registered here.
 *
 * @param ip the address of the request
 */
export async function revokeByProof(
  context: ActionContext,
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
  const { deploymentId } = context
  const statement = { purpose: 'revoke', deploymentId, fields: { fingerprint, reason } } as const
  if (!(await verifyStatement(statement, signature, await importVerifyingKey(publicKey)))) {
    return refuse('signature', 'is no signature of the statement "revoke" for this deployment, key and reason')
  }
  return changeKeys(context, { type: 'proof', ip }, async (trx, nowMs): Promise<Change<Status>> => {
    await takeLocks(trx, registrationLocks(fingerprint))
    if (await isBurned(trx, fingerprint)) return { result: 'already_revoked', events: [] }
    const found = await findApiKeysByFingerprint(trx, fingerprint)
    if (found.length === 0 && !(await wasDeleted(trx, fingerprint))) return { result: 'unknown', events: [] }
    await lockAccounts(
      trx,
      found.map(({ accountId }) => accountId),
    )
    await burnFingerprint(trx, fingerprint, reason, nowMs)
    const keys = await findApiKeysByFingerprint(trx, fingerprint)
    const { revoked, events } = await revokeAll(trx, keys, { reason }, nowMs)
    const burned = { action: 'fingerprint.burned', after: { fingerprint }, reason } as const
    return { result: 'revoked', events: [...events, burned], ended: revoked }
  })
}
