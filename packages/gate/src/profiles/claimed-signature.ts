import type { MaybePromise, Profile, VerifyingKey } from '@countersign/protocol'

/** What a request says of its own signature, in whichever profile; none of it is verified. */
export interface ClaimedSignature {
  readonly profile: Profile
  readonly keyId: string
  /** Unix milliseconds at which it claims to have been made. */
  readonly timestampMs: number
  /** Unix milliseconds from which on its maker wants it refused. */
  readonly expiresMs?: number
  /** The Content-Digest that it covers and the body must match. */
  readonly contentDigest?: string
  /** Whether it is this key's over this request. Never throws on anything received. */
  verify(key: VerifyingKey): MaybePromise<boolean>
}
