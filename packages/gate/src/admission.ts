import type { MaybePromise } from '@countersign/protocol'
import type { BucketSize } from './token-bucket.ts'

/** The token buckets of a usage tier by name; `read` and `write` at least. */
export type TierBuckets = Readonly<Record<string, BucketSize>>

/** Names a bucket of an account over all accounts and keys: `Charge.bucket`. */
export function bucketOfAccount(accountId: string, name: string): string {
  return `${accountId} ${name}`
}

/** Tokens to take from one bucket. */
export interface Charge extends BucketSize {
  /** What the bucket is called where it is told to its owner: `read`. */
  readonly name: string
  /** Names the bucket over all accounts and keys. */
  readonly bucket: string
  readonly cost: number
}

/** What one verified request needs to be let in. */
export interface AdmissionRequest {
  /**
   * Counts once only, whatever its end: refused where it was admitted before and is remembered, and where its time has
   * passed already, since nobody can tell any more.
   */
  readonly claim?: {
    readonly key: string
    /** Unix milliseconds until when it is remembered. */
    readonly untilMs: number
  }
  /** All of them or none are taken; no two from one bucket. */
  readonly charges: readonly Charge[]
  /** Unix milliseconds; where it goes back, nothing is refilled or forgotten until it has caught up. */
  readonly nowMs: number
}

/** What came of it. Only `admitted` changed anything. */
export type AdmissionOutcome =
  | { readonly outcome: 'admitted' }
  | { readonly outcome: 'already_used' }
  /** `charge` is the bucket that holds too little, `waitMs` the time until it surely holds enough. */
  | { readonly outcome: 'limited'; readonly charge: Charge; readonly waitMs: number }
  /** No room for another claim or bucket; none is ever pushed out while it counts. */
  | { readonly outcome: 'full' }

/** Replay protection and token buckets in one atomic step, so that neither is spent where the other refuses. */
export interface Admission {
  admit(request: AdmissionRequest): MaybePromise<AdmissionOutcome>
  /**
   * Unix milliseconds since when claims are remembered: a signature made before may have been admitted by a process that
   * is gone. `undefined` where claims outlive the process.
   */
  readonly claimsSinceMs: number | undefined
}
