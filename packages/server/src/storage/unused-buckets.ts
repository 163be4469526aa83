import type { Kysely } from 'kysely'
import type { ApiKey } from './api-key.ts'
import type { Schema } from './schema.ts'

/** The own bucket of a key. */
export interface KeyBucketId {
  readonly accountId: string
  /** The key whose bucket it is. */
  readonly ownerId: string
}

/** The own buckets of keys that have ended, except those that a still usable key spends from. */
export async function findUnusedBuckets(
  db: Kysely<Schema>,
  ended: readonly Pick<ApiKey, 'accountId' | 'apiKeyId' | 'bucket' | 'bucketOwnerId'>[],
): Promise<KeyBucketId[]> {
  const unused: KeyBucketId[] = []
  const seen = new Set<string>()
  for (const { accountId, apiKeyId, bucket, bucketOwnerId: ownerId = apiKeyId } of ended) {
    if (bucket === undefined || seen.has(ownerId)) continue
    seen.add(ownerId)
    const user = await db
      .selectFrom('api_keys')
      .select('id')
      .where('state', '!=', 'revoked')
      .where((is) => is.or([is('id', '=', ownerId), is('bucket_owner_id', '=', ownerId)]))
      .limit(1)
      .executeTakeFirst()
    if (!user) unused.push({ accountId, ownerId })
  }
  return unused
}
