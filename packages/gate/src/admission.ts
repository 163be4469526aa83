import type { MaybePromise } from '@countersign/protocol'
import type { BucketSize } from './token-bucket.ts'

/** The token buckets of a usage tier by name; `read` and `write` at least. */
export type TierBuckets = Readonly<Record<string, BucketSize>>

/** Names a bucket of an account over all accounts and keys: `Charge.bucket`. */
export function bucketOfAccount(accountId: string, name: string): string {
  return `${accountId} ${name}`
}

/** Names the own bucket of a key over all accounts and keys: `Charge.bucket`. */
export function bucketOfKey(keyId: string): string {
  return `${keyId} own`
}

/** The part of all claims, and of all buckets, that one account can take, so that no account takes what others need. */
export const ACCOUNT_SHARE = 1 / 8

/** Tokens to take from one bucket. */
export interface Charge extends BucketSize {
  /** The name of the bucket for its owner: `read`. */
  readonly name: string
  /** Names the bucket over all accounts and keys. */
  readonly bucket: string
  readonly cost: number
  /** A key's own bucket. An account can have many of these, so they count towards its share; its tier's buckets do not. */
  readonly isOfKey?: boolean
}

/** A signature that counts once. */
export interface SignatureClaim {
  readonly key: string
  /** Unix milliseconds at which its maker says it was made. */
  readonly signedAtMs: number
  /** Unix milliseconds until which a gate could accept it. */
  readonly untilMs: number
}

/** What one verified request needs to be admitted. The admission knows the time itself: no caller can move it. */
export interface AdmissionRequest {
  /** Whose share the claim and the own buckets of keys count towards. */
  readonly accountId: string
  readonly claim?: SignatureClaim | undefined
  /** All of them or none are taken; no two from one bucket; {@link MAX_CHARGES} at most. */
  readonly charges: readonly Charge[]
}

/** The most charges of one request. */
export const MAX_CHARGES = 8

/** What came of it. Only `admitted` changed anything. */
export type AdmissionOutcome =
  | { readonly outcome: 'admitted' }
  /** Admitted before, or so old that its first use may be forgotten. */
  | { readonly outcome: 'already_used' }
  /** Signed before claims were remembered: a process that is gone may have admitted it. */
  | { readonly outcome: 'signed_before_start' }
  /** `charge` is the bucket that holds too little, `waitMs` the time until it surely holds enough. */
  | { readonly outcome: 'limited'; readonly charge: Charge; readonly waitMs: number }
  /** The account has its whole share of claims, or of buckets. Some of them end all the time. */
  | { readonly outcome: 'over_share'; readonly of: 'claims' | 'buckets' }
  /** No room for another claim or bucket; none is ever pushed out while it counts. */
  | { readonly outcome: 'full' }

/** Replay protection and token buckets in one atomic step, so that neither is spent where the other refuses. */
export interface Admission {
  admit(request: AdmissionRequest): MaybePromise<AdmissionOutcome>
}
