import type { Admission, AdmissionClocks, BucketSize } from '@countersign/gate'
import type { MaybePromise } from '@countersign/protocol'
import type { RedisAdmissionOptions } from '@countersign/redis'
import type { Registry } from 'prom-client'
import { createSharedAdmission, type SharedAdmissionMemory } from './shared-admission.ts'

/** Claims and token buckets as one thread of the server uses them, wherever they are. */
export interface ServerAdmission extends Admission, AsyncDisposable {
  /** How many tokens a bucket of an account's tier holds now; it takes none. `undefined` if this is not known now. */
  tokensIn(accountId: string, bucket: string, size: BucketSize): MaybePromise<number | undefined>
  /** Frees a key's own bucket. The key must have ended. The next use of the bucket finds it full. */
  forgetBucketOfKey(accountId: string, bucket: string): void
  /** What keeps this thread from deciding the requests of a plane; `undefined` if nothing does. */
  lacks(plane: 'control' | 'data'): AdmissionLack | undefined
  /** Adds its metrics to those of a thread. */
  measure(registry: Registry, plane: 'control' | 'data'): void
  /** Where claims and buckets are, to compare with other nodes: `memory`, `redis`, or `redis:` and the id of that Redis. */
  place(): string
}

/** `Redis`: it does not answer. `clock`: its clock and this node's differ too much for claims. */
export type AdmissionLack = 'Redis' | 'clock'

/** Where the claims and buckets of a process are. Plain data, to pass to threads. */
export type AdmissionPlace =
  | { readonly kind: 'memory'; readonly memory: SharedAdmissionMemory }
  | { readonly kind: 'redis'; readonly redis: RedisPlaceOptions }

/** How the threads of a node use Redis. */
export type RedisPlaceOptions = Omit<RedisAdmissionOptions, 'clocks' | 'report'>

/** Claims and buckets in memory that all threads of the process share. */
export function admissionInMemory(memory: SharedAdmissionMemory, clocks: AdmissionClocks): ServerAdmission {
  const shared = createSharedAdmission(memory, clocks)
  return {
    admit: shared.admit,
    tokensIn: (_accountId, bucket, size) => shared.tokensIn(bucket, size),
    forgetBucketOfKey: shared.forgetBucketOfKey,
    lacks: () => undefined,
    measure: () => undefined,
    place: () => 'memory',
    [Symbol.asyncDispose]: async () => undefined,
  }
}
