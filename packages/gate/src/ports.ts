import type { MaybePromise, Profile, VerifyingKey } from '@countersign/protocol'
import type { Decision } from './decision.ts'
import type { Network } from './network.ts'
import type { GateRequest } from './request.ts'
import type { BucketSize } from './token-bucket.ts'

/** A registered key as the gate needs it. */
export interface KeyRecord {
  readonly keyId: string
  readonly accountId: string
  readonly externalId?: string
  /** The public key, ready to verify with. The algorithm follows from it, and never from the request. */
  readonly key: VerifyingKey
  readonly scopes: readonly string[]
  readonly subaccount?: number
  readonly state: 'active' | 'disabled' | 'revoked'
  /** Unix milliseconds. From then on the key is refused. */
  readonly expiresAtMs?: number
  readonly accountSuspended: boolean
  readonly tier: string
  /** The weakest profile that the key accepts; any if absent. */
  readonly minimumProfile?: Profile
  /** Networks that it may be used from; all if absent. */
  readonly ipAllowlist?: readonly Network[]
  /** Its own token bucket, in addition to its account's. */
  readonly bucket?: BucketSize
  /** The key that owns the bucket, if several keys spend from one. */
  readonly bucketOwnerId?: string
  /**
   * A browser's key, made at sign-in. Only a gate with `sessionNonces` accepts such keys, and each of their requests
   * counts once.
   */
  readonly isSession?: boolean
}

/** Where the gate finds registered keys. */
export interface KeySource {
  /**
   * The key with this id, `undefined` if there is none, `'unavailable'` if it cannot be known within the stated
   * staleness. Faults of the source itself throw.
   */
  find(keyId: string): MaybePromise<KeyRecord | undefined | 'unavailable'>
  /** Counts decisions for the deployment of these keys. A gate over these keys passes each decision to it. */
  readonly decisions?: DecisionSink | undefined
}

/** Receives decisions: for usage, the time of a key's last use, and metrics. */
export interface DecisionSink {
  /**
   * Notes a decision. Every request waits for it, so it only counts: no I/O, no waiting, and it never throws. Only an
   * allowed request, and a refusal with `provenKeyId`, say anything about a key, because any sender can claim any id.
   */
  decided(decision: Decision, request: Pick<GateRequest, 'ip'>): void
}
