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
  /** The public key, ready to verify with; the algorithm follows from it and from nothing in the request. */
  readonly key: VerifyingKey
  readonly scopes: readonly string[]
  readonly subaccount?: number
  readonly state: 'active' | 'disabled' | 'revoked'
  /** Unix milliseconds from which on the key is refused. */
  readonly expiresAtMs?: number
  readonly accountSuspended: boolean
  readonly tier: string
  /** The weakest profile that the key accepts; any where absent. */
  readonly minimumProfile?: Profile
  /** Networks that it may be used from; everywhere where absent. */
  readonly ipAllowlist?: readonly Network[]
  /** A token bucket of its own, beside its account's. */
  readonly bucket?: BucketSize
  /** The key whose bucket that is, where several keys spend from one. */
  readonly bucketOwnerId?: string
  /** A browser's key, made at sign-in: only a gate with `sessionNonces` knows such keys, and every request of theirs counts once. */
  readonly isSession?: boolean
}

/** Where the gate finds registered keys. */
export interface KeySource {
  /**
   * The key with this id, `undefined` where there is none, `'unavailable'` where it cannot be known within the stated
   * staleness. Faults of the source itself throw.
   */
  find(keyId: string): MaybePromise<KeyRecord | undefined | 'unavailable'>
  /** Counts decisions for the deployment that the keys come from. A gate over these keys tells it each of its own. */
  readonly decisions?: DecisionSink | undefined
}

/** Who is told of decisions: usage, the time of a key's last use, metrics. */
export interface DecisionSink {
  /**
   * Takes note of a decision. It is on the way of every request, so it only counts: no I/O, nothing that waits, and it never
   * throws. Only an allowed request, and a refusal with `provenKeyId`, say anything of a key: any sender can claim any id.
   */
  decided(decision: Decision, request: Pick<GateRequest, 'ip'>): void
}
