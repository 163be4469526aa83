import type { Transaction } from 'kysely'
import type { StoredApiKey } from '../storage/api-key.ts'
import { revokeApiKeys } from '../storage/change-api-keys.ts'
import { barFingerprints } from '../storage/fingerprints.ts'
import type { Schema } from '../storage/schema.ts'
import type { ChangeEvent } from './change-keys.ts'
import { endRotationsOf } from './end-rotations.ts'

/** The reasons of revocations, as they are stored. */
export interface Revocation {
  readonly reason: string
  readonly note?: string | undefined
}

/** The revoked keys, and the events for the audit log. */
export interface Revoked {
  readonly revoked: readonly StoredApiKey[]
  readonly events: readonly ChangeEvent[]
}

/**
 * Revokes the keys that are not revoked yet. If they are compromised, each public key is barred in its account. Their
 * accounts must be locked.
 */
export async function revokeAll(
  trx: Transaction<Schema>,
  keys: readonly StoredApiKey[],
  { reason, note }: Revocation,
  nowMs: number,
): Promise<Revoked> {
  const live = keys.filter(({ state }) => state !== 'revoked')
  const events = await endRotationsOf(trx, live, nowMs)
  await revokeApiKeys(
    trx,
    live.map(({ apiKeyId }) => apiKeyId),
    { reason, note },
    nowMs,
  )
  if (reason === 'key_compromise') await barFingerprints(trx, live, nowMs)
  for (const { accountId, apiKeyId, state } of live) {
    const after = { state: 'revoked', note }
    events.push({ action: 'key.revoked', accountId, apiKeyId, before: { state }, after, reason })
  }
  return { revoked: live, events }
}
