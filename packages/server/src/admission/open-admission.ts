import type { AdmissionClocks } from '@countersign/gate'
import type { Logger } from 'pino'
import { type AdmissionPlace, admissionInMemory, type ServerAdmission } from './server-admission.ts'

/** What a thread opens its admission with. */
export interface OpenAdmissionOptions {
  readonly place: AdmissionPlace
  readonly clocks: AdmissionClocks
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** The number of the thread in its node: 0 is the main thread. */
  readonly thread: number
  /** Whether it may open without Redis, and connect later. A thread that is started again must not end for that. */
  readonly mayConnectLater: boolean
}

/**
 * Opens claims and buckets for one thread. The code for Redis is loaded only here, and only if it is used.
 *
 * @throws RedisSetupError if Redis cannot be used, unless it may connect later
 */
export async function openAdmission(options: OpenAdmissionOptions): Promise<ServerAdmission> {
  const { place, clocks } = options
  if (place.kind === 'memory') return admissionInMemory(place.memory, clocks)
  const { openAdmissionInRedis } = await import('./admission-in-redis.ts')
  return openAdmissionInRedis({ ...options, redis: place.redis })
}
