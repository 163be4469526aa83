import type { Rotation as WireRotation } from '@countersign/api'
import type { Principal } from '@countersign/gate'
import { findListedApiKey } from '../storage/find-api-keys.ts'
import { findLatestRotation, isOpen, type Rotation } from '../storage/rotations.ts'
import { trafficSince } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'
import type { Reach } from './lock-target.ts'

/** How far back the requests of both keys are counted, in milliseconds. */
const TRAFFIC_MS = 3_600_000

/**
 * The last rotation of a key within reach, with the requests that the old key still signs; `undefined` if there is
 * none.
 */
export async function describeRotation(
  { database, now }: ActionContext,
  { accountId }: Principal,
  apiKeyId: string,
  reach: Reach = 'own',
): Promise<WireRotation | undefined> {
  const db = database.kysely
  const key = await findListedApiKey(db, apiKeyId)
  if (!key || (reach === 'own' && key.accountId !== accountId)) return undefined
  const rotation = await findLatestRotation(db, apiKeyId)
  if (!rotation) return undefined
  const nowMs = now()
  const old = await findListedApiKey(db, rotation.oldKeyId)
  const { oldKeyId, newKeyId, startedAt, deadline } = rotation
  const since = Math.max(startedAt, nowMs - TRAFFIC_MS)
  const traffic = isOpen(rotation, nowMs) ? await trafficSince(db, [oldKeyId, newKeyId], since) : undefined
  const endedAt = endOf(rotation, nowMs)
  return {
    rotation_id: rotation.rotationId,
    old_api_key_id: oldKeyId,
    new_api_key_id: newKeyId,
    state: isOpen(rotation, nowMs) ? 'open' : (rotation.outcome ?? 'finished'),
    started_at: startedAt,
    deadline,
    ended_at: endedAt,
    traffic: traffic && shareOf(since, traffic.get(oldKeyId) ?? 0, traffic.get(newKeyId) ?? 0),
    old_last_used_at: old?.lastUsedAt,
    old_last_used_ip: old?.lastUsedIp,
  }
}

function endOf({ endedAt, deadline }: Rotation, nowMs: number): number | undefined {
  return endedAt ?? (nowMs >= deadline ? deadline : undefined)
}

function shareOf(since: number, old: number, fresh: number): NonNullable<WireRotation['traffic']> {
  return { since, old, new: fresh, old_share: old + fresh > 0 ? old / (old + fresh) : undefined }
}
