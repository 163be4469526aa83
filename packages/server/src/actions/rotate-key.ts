import { randomUUID } from 'node:crypto'
import { keyNameProblem, normalizeKeyName, type RotateKeyRequest } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import {
  fingerprintOf,
  importVerifyingKey,
  type KeyType,
  type PublicKey,
  parsePublicKey,
  verifyStatement,
} from '@countersign/protocol'
import type { ApiKey, StoredApiKey } from '../storage/api-key.ts'
import { insertApiKey, updateApiKey } from '../storage/change-api-keys.ts'
import { findListedApiKey } from '../storage/find-api-keys.ts'
import { isCompromised } from '../storage/fingerprints.ts'
import { findMade, type RepeatableCall, rememberMade } from '../storage/idempotency.ts'
import { accountLocks, takeLocks } from '../storage/locks.ts'
import { findOpenRotations, insertRotation, type Rotation } from '../storage/rotations.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedKey } from './audited-key.ts'
import { type Change, type ChangeEvent, changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import { refuseRepeated, registrationLocks } from './issue-key.ts'
import { stateOf } from './key-details.ts'
import { refuse, refuseUnknownFields } from './key-request.ts'
import { boundOf, lockTarget } from './lock-target.ts'
import { bucketIdOf, refuseExcess } from './powers.ts'
import { refuseOwnPublicKey } from './refuse-own-public-key.ts'

/** The longest time that the old key stays valid, in seconds: 90 days. */
const GRACE_MAX_SECONDS = 7_776_000

/** The rotation that was started, and the new key. */
export interface StartedRotation {
  readonly rotation: Rotation
  readonly keyType: KeyType
  /** PEM, if the server made the key pair. It is sent once and then dropped. */
  readonly privateKey?: string
}

/**
 * Replaces a key of the actor's account by a new one with the same powers. The old key ends at the deadline. A caller
 * with a new public key proves that it holds the private key. The actor's key, which signs the request, must have all
 * powers of the old key.
 */
export async function rotateKey(
  context: ActionContext,
  actor: Actor,
  apiKeyId: string,
  request: RotateKeyRequest,
  call?: RepeatableCall,
): Promise<StartedRotation | Denied> {
  const refused = refuseRequest(request)
  if (refused) return refused
  const old = await findListedApiKey(context.database.kysely, apiKeyId)
  if (old?.accountId !== actor.accountId) return denied('not_found')
  const below = request.public_key === undefined ? undefined : refuseOwnPublicKey(context.settings, actor.tier)
  if (below) return below
  const pair = await keyPairFor(context, request, old)
  if ('denied' in pair) return pair
  const { publicKey, privateKeyPem: privateKey } = pair
  const fingerprint = await fingerprintOf(publicKey)
  return changeKeys(context, auditActor(actor), async (trx, nowMs): Promise<Change<StartedRotation> | Denied> => {
    await takeLocks(trx, [...registrationLocks(fingerprint, call), ...accountLocks([actor.accountId])])
    const made = call && refuseRepeated(await findMade(trx, call, nowMs))
    if (made) return made
    const target = await lockTarget(trx, actor, 'own', apiKeyId, nowMs)
    if ('denied' in target) return target
    const { actorKey, key } = target
    const state = stateOf(key, nowMs)
    if (state !== 'active') return denied('state_conflict', `it is ${state}`)
    const [open] = await findOpenRotations(trx, [apiKeyId], nowMs)
    if (open) return denied('state_conflict', 'it is part of an open rotation: finish or abort that first')
    const bound = boundOf(actorKey, 'own', key)
    const excess = bound && refuseExcess(key, bound)
    if (excess) return excess
    if (await isCompromised(trx, key.accountId, fingerprint)) return denied('public_key_compromised')
    const successor = successorOf(key, { request, publicKey, fingerprint, makerId: actorKey.apiKeyId, nowMs })
    if ((await insertApiKey(trx, successor)) === 'duplicate_public_key') return denied('public_key_already_registered')
    const rotation = rotationOf(key, successor, request.grace_seconds, nowMs)
    await updateApiKey(trx, key, { expiresAt: rotation.deadline }, nowMs)
    await insertRotation(trx, rotation)
    if (call) await rememberMade(trx, call, successor.apiKeyId, nowMs)
    return {
      result: { rotation, keyType: publicKey.type, privateKey },
      events: eventsOf(key, successor, rotation),
    }
  })
}

function eventsOf(old: StoredApiKey, successor: ApiKey, { rotationId, deadline }: Rotation): ChangeEvent[] {
  const { accountId, apiKeyId } = old
  const { apiKeyId: newId } = successor
  const before = { expires_at: old.expiresAt }
  const after = { rotation_id: rotationId, new_api_key_id: newId, expires_at: deadline }
  return [
    { action: 'key.created', accountId, apiKeyId: newId, after: auditedKey(successor) },
    { action: 'rotation.started', accountId, apiKeyId, before, after },
  ]
}

function refuseRequest(request: RotateKeyRequest): Denied | undefined {
  const unknown = refuseUnknownFields(request, ['grace_seconds', 'public_key', 'proof', 'key_type', 'name'])
  if (unknown) return unknown
  const { grace_seconds: grace, public_key: publicKey, proof, key_type: keyType, name } = request
  if (!Number.isInteger(grace) || grace < 0 || grace > GRACE_MAX_SECONDS) {
    return refuse('grace_seconds', `must be a whole number from 0 to ${GRACE_MAX_SECONDS}`)
  }
  if (publicKey === undefined && proof !== undefined) return refuse('proof', 'is for a public_key that you bring')
  if (publicKey !== undefined && proof === undefined) return refuse('proof', 'is needed with public_key')
  if (publicKey !== undefined && keyType !== undefined) return refuse('key_type', 'is read from public_key')
  if (keyType !== undefined && keyType !== 'rsa' && keyType !== 'ed25519') {
    return refuse('key_type', 'must be rsa or ed25519')
  }
  const problem = name === undefined ? undefined : keyNameProblem(name)
  return problem === undefined ? undefined : refuse('name', problem)
}

async function keyPairFor(
  { deploymentId, takeKeyPair }: ActionContext,
  request: RotateKeyRequest,
  old: StoredApiKey,
): Promise<{ readonly publicKey: PublicKey; readonly privateKeyPem?: string } | Denied> {
  const { public_key: pem, proof = '', grace_seconds: grace, key_type: keyType } = request
  if (pem === undefined) {
    return takeKeyPair(keyType === 'rsa' || keyType === 'ed25519' ? keyType : old.keyType, old.accountId)
  }
  const publicKey = parsePublicKey(pem)
  if ('problem' in publicKey) return refuse('public_key', publicKey.message)
  const fields = {
    old_api_key_id: old.apiKeyId,
    new_fingerprint: await fingerprintOf(publicKey),
    grace_seconds: String(grace),
  }
  const statement = { purpose: 'rotate', deploymentId, fields } as const
  if (await verifyStatement(statement, proof, await importVerifyingKey(publicKey))) return { publicKey }
  return refuse('proof', 'is no signature of the statement "rotate" by the new key')
}

interface Successor {
  readonly request: RotateKeyRequest
  readonly publicKey: PublicKey
  readonly fingerprint: string
  readonly makerId: string
  readonly nowMs: number
}

function successorOf(key: StoredApiKey, { request, publicKey, fingerprint, makerId, nowMs }: Successor): ApiKey {
  const { accountId, scopes, subaccount, expiresAt, ipAllowlist, minimumProfile, bucket, metadata } = key
  return {
    apiKeyId: randomUUID(),
    accountId,
    name: request.name === undefined ? key.name : normalizeKeyName(request.name),
    keyType: publicKey.type,
    publicKey: publicKey.spki,
    fingerprint,
    scopes,
    state: 'active',
    parentKeyId: makerId,
    createdAt: nowMs,
    subaccount,
    expiresAt,
    ipAllowlist,
    minimumProfile,
    // Both keys share one bucket: two would have twice the tokens.
    bucket,
    bucketOwnerId: bucket && bucketIdOf(key),
    metadata,
  }
}

function rotationOf(old: StoredApiKey, successor: ApiKey, graceSeconds: number, nowMs: number): Rotation {
  return {
    rotationId: randomUUID(),
    accountId: old.accountId,
    oldKeyId: old.apiKeyId,
    newKeyId: successor.apiKeyId,
    startedAt: nowMs,
    deadline: Math.min(nowMs + graceSeconds * 1000, old.expiresAt ?? Number.POSITIVE_INFINITY),
    oldExpiresAt: old.expiresAt,
  }
}
