import type { MaybePromise } from '@countersign/protocol'
import type { BucketSize } from './token-bucket.ts'

/** The token buckets of a usage tier by name; `read` and `write` at least. */
export type TierBuckets = Readonly<Record<string, BucketSize>>

/** The name of an account's bucket, unique over all accounts and keys: `Charge.bucket`. */
export function bucketOfAccount(accountId: string, name: string): string {
  return `${accountId} ${name}`
}

/** The name of a key's own bucket, unique over all accounts and keys: `Charge.bucket`. */
export function bucketOfKey(keyId: string): string {
  return `${keyId} own`
}

/** The largest part of all claims, and of all buckets, that one account may take. */
export const ACCOUNT_SHARE = 1 / 8

/** Tokens to take from one bucket. */
export interface Charge extends BucketSize {
  /** The name of the bucket for its owner: `read`. */
  readonly name: string
  /** The name of the bucket, unique over all accounts and keys. */
  readonly bucket: string
  readonly cost: number
  /**
   * A key's own bucket. An account can have many of these, so they count towards its share. The buckets of its tier do
   * not.
   */
  readonly isOfKey?: boolean
}

/** A signature that counts once. */
export interface SignatureClaim {
  readonly key: string
  /** Unix milliseconds: when the signature says that it was made. */
  readonly signedAtMs: number
  /** Unix milliseconds until which a gate could accept it. */
  readonly untilMs: number
}

/**
 * What one verified request needs to be admitted. It has no time: the admission reads the clock itself, so no caller
 * can move it.
 */
export interface AdmissionRequest {
  /** The account whose share the claim and the keys' own buckets count towards. */
  readonly accountId: string
  readonly claim?: SignatureClaim | undefined
  /** All are taken, or none. No two name one bucket. {@link MAX_CHARGES} at most. */
  readonly charges: readonly Charge[]
}

/** The most charges of one request. */
export const MAX_CHARGES = 8

/** The result. Only `admitted` changed anything; after `unavailable` nobody knows. */
export type AdmissionOutcome =
  | { readonly outcome: 'admitted' }
  /** Admitted before, or so old that its first use may be forgotten. */
  | { readonly outcome: 'already_used' }
  /** Signed before claims were remembered: a process that has ended may have admitted it. */
  | { readonly outcome: 'signed_before_start' }
  /** `charge` is the bucket that holds too little. After `waitMs` it certainly holds enough. */
  | { readonly outcome: 'limited'; readonly charge: Charge; readonly waitMs: number }
  /** The account has used its share of claims, or of buckets. Waiting helps, because some of them end all the time. */
  | { readonly outcome: 'over_share'; readonly of: 'claims' | 'buckets' }
  /** No room for another claim or bucket. A live one is never evicted. */
  | { readonly outcome: 'full' }
  /**
   * The store of the admission did not answer. The request is never asked again: its claim may be made, and its tokens
   * taken.
   */
  | { readonly outcome: 'unavailable' }

/** Replay protection and token buckets in one atomic step: if one refuses, the other takes nothing. */
export interface Admission {
  admit(request: AdmissionRequest): MaybePromise<AdmissionOutcome>
}
