import type { MaybePromise, Profile, VerifyingKey } from '@countersign/protocol'

/** The signatures that pass; the same list where all do, which is nearly always the case. */
export function filterClaims(
  claimed: readonly ClaimedSignature[],
  passes: (signature: ClaimedSignature) => boolean,
): readonly ClaimedSignature[] {
  return claimed.every(passes) ? claimed : claimed.filter(passes)
}

/** What a request says of its own signature, in whichever profile; none of it is verified. */
export interface ClaimedSignature {
  readonly profile: Profile
  readonly keyId: string
  /** Unix milliseconds at which it claims to have been made. */
  readonly timestampMs: number
  /** Unix milliseconds from which on its maker wants it refused. */
  readonly expiresMs?: number
  /** What its maker put in to make it unlike others, where the profile has that. */
  readonly nonce?: string
  /** The Content-Digest that it covers and the body must match. */
  readonly contentDigest?: string
  /** Whether a decision on it can depend on the body. */
  dependsOnBody(key: VerifyingKey): boolean
  /** Whether it is this key's over this request. Never throws on anything received. */
  verify(key: VerifyingKey): MaybePromise<boolean>
  /**
   * What a second use is known by, within its key; `undefined` where a second use cannot be told from another request.
   * Of a verified signature only.
   *
   * @param body the body, if the adapter has it
   * @param isAlone the signature alone counts, whatever the body is: another request with the same signature is refused
   */
  claimKey(key: VerifyingKey, body: Uint8Array | undefined, isAlone: boolean): MaybePromise<string | undefined>
}
