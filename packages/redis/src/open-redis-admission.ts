import type { RedisAdmission, RedisAdmissionOptions } from './redis-admission.ts'

/**
 * Connects, checks `maxmemory-policy`, and loads the script.
 *
 * ```ts
 * import { createGate } from '@countersign/gate'
 * import { openRedisAdmission } from '@countersign/redis'
 *
 * await using admission = await openRedisAdmission({
 *   connection: { kind: 'single', url: 'rediss://gate:password@redis.example' },
 *   secret,
 *   report: (event) => console.error(event),
 * })
 * const gate = createGate({ keys, admission })
 * ```
 *
 * @throws RedisSetupError if Redis cannot be reached, refuses the user, or has a `maxmemory-policy` other than `noeviction`
 */
export async function openRedisAdmission(_options: RedisAdmissionOptions): Promise<RedisAdmission> {
  throw new Error('not built')
}
