import { type Denied, denied, type Network, parseNetwork } from '@countersign/gate'
import { missingScopes } from '@countersign/protocol'
import type { ApiKey } from '../storage/api-key.ts'

/** What a key may do, and from where. None of it may grow through another key. */
export type Powers = Pick<
  ApiKey,
  'scopes' | 'subaccount' | 'expiresAt' | 'ipAllowlist' | 'minimumProfile' | 'bucket' | 'bucketOwnerId' | 'apiKeyId'
>

/** Refuses powers that exceed `limit` in any part (docs/security.md "Keys"). An absent restriction means none. */
export function refuseExcess(wanted: Powers, limit: Powers): Denied | undefined {
  const [missing] = missingScopes(limit.scopes, wanted.scopes)
  if (missing !== undefined) return denied('insufficient_scope', missing)
  const field = exceededField(wanted, limit)
  return field === undefined ? undefined : denied('powers_exceeded', field)
}

/** The key whose bucket a key spends from. */
export function bucketIdOf({ apiKeyId, bucketOwnerId }: Pick<Powers, 'apiKeyId' | 'bucketOwnerId'>): string {
  return bucketOwnerId ?? apiKeyId
}

function exceededField(wanted: Powers, limit: Powers): string | undefined {
  if (limit.subaccount !== undefined && wanted.subaccount !== limit.subaccount) return 'subaccount'
  if (limit.expiresAt !== undefined && (wanted.expiresAt ?? Number.POSITIVE_INFINITY) > limit.expiresAt) {
    return 'expires_at'
  }
  if (limit.ipAllowlist && !isWithin(wanted.ipAllowlist, limit.ipAllowlist)) return 'ip_allowlist'
  if (strengthOf(wanted.minimumProfile) < strengthOf(limit.minimumProfile)) return 'minimum_profile'
  if (limit.bucket && !isWithinBucket(wanted, limit)) return 'bucket'
  return undefined
}

function isWithin(wanted: readonly string[] | undefined, allowed: readonly string[]): boolean {
  if (!wanted) return false
  const outer = allowed.map(readNetwork)
  return wanted.map(readNetwork).every(({ base, last }) => outer.some((it) => it.base <= base && last <= it.last))
}

function readNetwork(range: string): Network {
  const network = parseNetwork(range)
  if ('problem' in network) throw new Error(`an address range ${network.problem}`)
  return network
}

/** Two buckets of the same size have twice the tokens: only the same bucket counts. */
function isWithinBucket(wanted: Powers, limit: Powers): boolean {
  if (!wanted.bucket || !limit.bucket || bucketIdOf(wanted) !== bucketIdOf(limit)) return false
  const { capacity, refillPerSecond } = wanted.bucket
  return capacity <= limit.bucket.capacity && refillPerSecond <= limit.bucket.refillPerSecond
}

function strengthOf(profile: string | undefined): number {
  return profile === 'http-message-signatures' ? 1 : 0
}
