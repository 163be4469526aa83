import type { Admission, AdmissionClocks, AdmissionOutcome, AdmissionRequest, BucketSize } from '@countersign/gate'
import type { RedisConnection } from './connection.ts'
import type { RedisEvent } from './redis-event.ts'

/** How an admission in Redis is set up. `secret`, `maxNodes` and `maxClaims` must be equal on all nodes of a deployment. */
export interface RedisAdmissionOptions {
  readonly connection: RedisConnection
  /**
   * The deployment's. Names in Redis are keyed hashes: clients, who choose key ids and nonces, cannot choose where these
   * are stored, and who reads Redis learns no names.
   */
  readonly secret: string
  /** The time limit of one call in milliseconds; 100 by default. A request whose answer did not come is `unavailable`. */
  readonly timeoutMs?: number | undefined
  /**
   * What happens to requests without a claim while Redis does not answer. `refuse` (the default): they are
   * `unavailable`. `divide`: buckets in this process, empty at first, which refill at the limit's rate divided by
   * `maxNodes` and `threadsOfNode`. Requests with a claim are `unavailable` in both.
   */
  readonly onOutage?: 'refuse' | 'divide' | undefined
  /** The most nodes of the deployment, for `divide`; 1 by default. */
  readonly maxNodes?: number | undefined
  /** How many admissions this node opens, one a thread, for `divide`; 1 by default. */
  readonly threadsOfNode?: number | undefined
  /**
   * The name of this admission, for `divide`: different for each thread of each node, and the same after a restart, such
   * as `node-1/0`. Random by default; then a process that crashed keeps its share of the limits for an hour.
   */
  readonly instance?: string | undefined
  /**
   * The most claims of the whole deployment, as a measure for the share of one account (`ACCOUNT_SHARE` of it);
   * 500 000 by default. What bounds all accounts together is Redis' `maxmemory`.
   */
  readonly maxClaims?: number | undefined
  /** The clocks of the process by default. */
  readonly clocks?: AdmissionClocks | undefined
  /** Receives each event. It must not throw. */
  readonly report?: ((event: RedisEvent) => void) | undefined
}

/** How an admission in Redis is doing, for readiness and metrics. */
export interface RedisStatus {
  /**
   * Which Redis this is, as it says itself: the same for all who use this one with the same `secret`, and another one
   * after a restart or after it was emptied. `undefined` while it does not answer.
   */
  readonly id: string | undefined
  /** Whether Redis decides: connected, the circuit closed; in a cluster: on all masters. */
  readonly isUp: boolean
  /** Redis' clock minus this node's, in milliseconds; the largest of a cluster's masters. `undefined` before the first answer. */
  readonly clockOffsetMs: number | undefined
  /** Whether claims are refused because that is more than 2.5 s. A node that does so is not ready. */
  readonly isClockOff: boolean
  /** Requests that wait for Redis. */
  readonly pending: number
  /** Calls (batches of requests, one round trip each) since it was opened. */
  readonly calls: number
  /** Requests that Redis decided since it was opened. */
  readonly decided: number
  /** Requests that were answered `unavailable` since it was opened. */
  readonly unavailable: number
  /** Requests that were decided in this process since it was opened (`divide`). */
  readonly divided: number
}

/** Admission in Redis or Valkey: replay protection and limits that hold on all nodes that use the same one. */
export interface RedisAdmission extends Admission, AsyncDisposable {
  /**
   * Decides a request. Requests of one turn of the event loop share one round trip. It never throws for Redis' sake:
   * the outcome is `unavailable` if Redis did not answer in time. Such a request may have been admitted in Redis: its
   * signature may count as used, and its tokens as taken.
   */
  admit(request: AdmissionRequest): AdmissionOutcome | Promise<AdmissionOutcome>
  /**
   * How many tokens a bucket of an account's tier holds now; it takes none. `undefined` while Redis does not answer.
   *
   * @param bucket as in `Charge.bucket`
   */
  tokensIn(accountId: string, bucket: string, size: BucketSize): Promise<number | undefined>
  /** Frees a key's own bucket. The key must have ended. It never throws: without it, the bucket ends when it is full. */
  forgetBucketOfKey(accountId: string, bucket: string): Promise<void>
  status(): RedisStatus
}
