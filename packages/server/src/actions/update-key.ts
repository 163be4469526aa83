import { keyNameProblem, normalizeKeyName, type UpdateKeyRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import { missingScopes, scopeListProblem } from '@countersign/protocol'
import type { StoredApiKey } from '../storage/api-key.ts'
import { type ApiKeyChanges, resizeSharedBucket, updateApiKey } from '../storage/change-api-keys.ts'
import { findOpenRotations } from '../storage/rotations.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedKey } from './audited-key.ts'
import { changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { differences } from './differences.ts'
import { stateOf } from './key-details.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { checkRestrictions, RESTRICTION_FIELDS } from './key-restrictions.ts'
import { boundOf, type LockedTarget, lockTarget, type Reach } from './lock-target.ts'
import { refuseExcess } from './powers.ts'
import { refuseFullAccount } from './refuse-full-account.ts'
import { withChanges } from './with-changes.ts'

/**
 * Changes a key's name, what it may do, and from where. Scopes can only be narrowed. Other gains must not exceed the
 * actor's key, and the actor's key must hold every scope of the target.
 */
export async function updateKey(
  context: ActionContext,
  actor: Actor,
  reach: Reach,
  apiKeyId: string,
  request: UpdateKeyRequest,
): Promise<Denied | undefined> {
  const { settings, now } = context
  const changes = checkChanges(request, now())
  if ('denied' in changes) return changes
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    const target = await lockTarget(trx, actor, reach, apiKeyId, nowMs)
    if ('denied' in target) return target
    const { key } = target
    if (key.state === 'revoked') return denied('state_conflict', 'it is revoked')
    const knownScopes = key.ofOperator ? [...settings.scopes, 'admin'] : settings.scopes
    const refused = refuseScopes(changes.scopes, key, knownScopes) ?? refusePowers(changes, target, reach)
    if (refused) return refused
    if (changes.expiresAt !== undefined) {
      const [rotation] = await findOpenRotations(trx, [apiKeyId], nowMs)
      if (rotation?.oldKeyId === apiKeyId)
        return denied('state_conflict', 'it is being rotated: finish or abort that first')
      // A later expiry makes an expired key count again.
      const isRevived = stateOf(key, nowMs) === 'expired'
      const full = isRevived ? await refuseFullAccount(trx, settings, key.accountId, nowMs) : undefined
      if (full) return full
    }
    const changed = differences(auditedKey(key), auditedKey(resultOf(key, changes)))
    if (!changed) return { result: undefined, events: [] }
    if (changes.bucket !== undefined) await resizeSharedBucket(trx, apiKeyId, changes.bucket, nowMs)
    await updateApiKey(trx, key, changes, nowMs)
    const updated = { action: 'key.updated', accountId: key.accountId, apiKeyId, ...changed } as const
    return { result: undefined, events: [updated] }
  })
}

function checkChanges(request: UpdateKeyRequest, nowMs: number): ApiKeyChanges | Denied {
  const unknown = refuseUnknownFields(request, ['name', 'scopes', ...RESTRICTION_FIELDS])
  if (unknown) return unknown
  const { name, scopes } = request
  const nameProblem = name === undefined ? undefined : keyNameProblem(name)
  if (nameProblem) return refuse('name', nameProblem)
  const given = Object.entries(request).filter(([, value]) => value !== null)
  const restrictions = checkRestrictions(Object.fromEntries(given), nowMs)
  if ('denied' in restrictions) return restrictions
  return {
    name: name && normalizeKeyName(name),
    scopes,
    expiresAt: request.expires_at === null ? null : restrictions.expiresAt,
    ipAllowlist: request.ip_allowlist === null ? null : restrictions.ipAllowlist,
    minimumProfile: request.minimum_profile === null ? null : restrictions.minimumProfile,
    bucket: request.bucket === null ? null : restrictions.bucket,
    metadata: request.metadata === undefined ? undefined : (restrictions.metadata ?? null),
  }
}

function refuseScopes(
  scopes: readonly string[] | undefined,
  key: StoredApiKey,
  knownScopes: readonly string[],
): Denied | undefined {
  if (scopes === undefined) return undefined
  const problem = scopeListProblem(scopes, knownScopes)
  if (problem) return refuse('scopes', problem)
  const [wider] = missingScopes(key.scopes, scopes)
  return wider === undefined ? undefined : refuse('scopes', `cannot be widened by ${wider}: make a new key`)
}

function refusePowers(changes: ApiKeyChanges, { actorKey, key }: LockedTarget, reach: Reach): Denied | undefined {
  const bound = boundOf(actorKey, reach, key)
  if (!bound) return undefined
  const [missing] = missingScopes(bound.scopes, key.scopes)
  if (missing !== undefined) return denied('insufficient_scope', missing)
  if (changes.bucket !== undefined && key.bucketOwnerId !== undefined) {
    return refuse('bucket', `is shared with the key ${key.bucketOwnerId}: change it there`)
  }
  const result = resultOf(key, changes)
  // A change that only removes powers needs only the scopes above.
  return refuseExcess(result, key) && refuseExcess(result, bound)
}

/** The key as the changes make it. A change of the bucket gives the key a bucket of its own, or none. */
function resultOf(key: StoredApiKey, changes: ApiKeyChanges): StoredApiKey {
  const bucketOwnerId = changes.bucket === undefined ? key.bucketOwnerId : undefined
  return { ...withChanges(key, changes), bucketOwnerId }
}
