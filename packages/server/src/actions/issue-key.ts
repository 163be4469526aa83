import { randomUUID } from 'node:crypto'
import { type Denied, denied } from '@countersign/gate'
import { fingerprintOf, importVerifyingKey, type PublicKey, verifyStatement } from '@countersign/protocol'
import type { ApiKey, StoredApiKey } from '../storage/api-key.ts'
import { insertApiKey } from '../storage/change-api-keys.ts'
import { findMade, type RepeatableCall, rememberMade } from '../storage/idempotency.ts'
import { accountLocks, type Lock, takeLocks } from '../storage/locks.ts'
import { readRegistration } from '../storage/read-registration.ts'
import { type Actor, auditActor } from './actor.ts'
import { auditedKey } from './audited-key.ts'
import { changeKeys } from './change-keys.ts'
import type { ActionContext } from './context.ts'
import type { CheckedKeyRequest } from './key-request.ts'
import { boundOf, findActorKey, type Reach } from './lock-target.ts'
import { bucketIdOf, refuseExcess } from './powers.ts'
import { refuseFull } from './refuse-full-account.ts'

export type { RepeatableCall } from '../storage/idempotency.ts'

/** The account of a new key, and what the caller said beside its properties. */
export interface IssueOptions {
  /** The account that gets the key: with reach `own`, the actor's. */
  readonly accountId: string
  readonly reach: Reach
  /** The signature of the statement `register`, if the caller proves that it holds the private key. */
  readonly proof?: string
  /** Set if the call may be repeated. */
  readonly call?: RepeatableCall
}

/**
 * Registers a public key for an account, durable when it returns. The new key inherits or narrows the powers of the
 * actor's key, as that key is in this transaction: a key's powers never grow through another key. A customer's key that
 * an operator makes has what the operator asked for.
 */
export async function issueKey(
  context: ActionContext,
  actor: Actor,
  request: CheckedKeyRequest,
  publicKey: PublicKey,
  options: IssueOptions,
): Promise<{ readonly apiKeyId: string } | Denied> {
  const { accountId, reach, call } = options
  const apiKeyId = randomUUID()
  const fingerprint = await fingerprintOf(publicKey)
  const unproven = await refuseProof(context, options, fingerprint, publicKey)
  if (unproven) return unproven
  return changeKeys(context, auditActor(actor), async (trx, nowMs) => {
    await takeLocks(trx, [...registrationLocks(fingerprint, call), ...accountLocks([accountId], actor.accountId)])
    const made = call && refuseRepeated(await findMade(trx, call, nowMs))
    if (made) return made
    const maker = await findActorKey(trx, actor, reach, nowMs)
    if ('denied' in maker) return maker
    const registration = await readRegistration(trx, accountId, fingerprint, nowMs)
    if (!registration) return denied('not_found')
    const { account, counts, isCompromised } = registration
    const full = refuseFull(context.settings, counts)
    if (full) return full
    const bound = boundOf(maker, reach, { ofOperator: account.isOperator ?? false })
    const key = newKey({ apiKeyId, accountId, fingerprint, publicKey, request, maker, bound, createdAt: nowMs })
    const excess = bound && (refuseBucket(request, bound, accountId) ?? refuseExcess(key, bound))
    if (excess) return excess
    if (isCompromised) return denied('public_key_compromised')
    if ((await insertApiKey(trx, key)) === 'duplicate_public_key') return denied('public_key_already_registered')
    if (call) await rememberMade(trx, call, apiKeyId, nowMs)
    const events = [{ action: 'key.created', accountId, apiKeyId, after: auditedKey(key) }] as const
    return { result: { apiKeyId }, events }
  })
}

/** A bucket of its own would have tokens of its own. So would one that is shared with a key of another account. */
function refuseBucket({ bucket }: CheckedKeyRequest, bound: StoredApiKey, accountId: string): Denied | undefined {
  if (!bound.bucket) return undefined
  return bucket || bound.accountId !== accountId ? denied('powers_exceeded', 'bucket') : undefined
}

/** Keeps the public key from being burned and the call from being repeated while its key is registered. */
export function registrationLocks(fingerprint: string, call?: RepeatableCall): Lock[] {
  const locks: Lock[] = [{ kind: 'fingerprint', name: fingerprint }]
  if (call) locks.push({ kind: 'idempotency', name: `${call.keyId} ${call.idempotencyKey}` })
  return locks
}

/** The answer to a repeated call: the id of what it made, and never a private key again. */
export function refuseRepeated(found: Awaited<ReturnType<typeof findMade>>): Denied | undefined {
  if (!found) return undefined
  return found === 'another' ? denied('idempotency_key_reused') : denied('already_made', found.madeId)
}

interface NewKey {
  readonly apiKeyId: string
  readonly accountId: string
  readonly fingerprint: string
  readonly publicKey: PublicKey
  readonly request: CheckedKeyRequest
  readonly maker: StoredApiKey
  /** The key whose restrictions it inherits. */
  readonly bound: StoredApiKey | undefined
  readonly createdAt: number
}

function newKey({ request, publicKey, maker, bound, ...common }: NewKey): ApiKey {
  const { bucket = bound?.bucket, expiresAt = bound?.expiresAt, ipAllowlist = bound?.ipAllowlist } = request
  const { minimumProfile = bound?.minimumProfile, subaccount, metadata } = request
  const isOfAccount = maker.accountId === common.accountId
  return {
    ...common,
    name: request.name,
    keyType: publicKey.type,
    publicKey: publicKey.spki,
    scopes: request.scopes,
    state: 'active',
    parentKeyId: isOfAccount ? maker.apiKeyId : undefined,
    operatorKeyId: isOfAccount ? undefined : maker.apiKeyId,
    subaccount,
    expiresAt,
    ipAllowlist,
    minimumProfile,
    bucket,
    bucketOwnerId: bound?.bucket && !request.bucket ? bucketIdOf(bound) : undefined,
    metadata,
  }
}

async function refuseProof(
  { deploymentId }: ActionContext,
  { accountId, proof }: IssueOptions,
  fingerprint: string,
  publicKey: PublicKey,
): Promise<Denied | undefined> {
  if (proof === undefined) return undefined
  const statement = { purpose: 'register', deploymentId, fields: { account: accountId, fingerprint } } as const
  if (await verifyStatement(statement, proof, await importVerifyingKey(publicKey))) return undefined
  return denied('invalid_parameter', 'proof: is no signature of the statement "register" by this key')
}
