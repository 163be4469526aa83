import type { MaybePromise, Profile, VerifyingKey } from '@countersign/protocol'

/** The signatures that pass; the same list if all do, as nearly always. */
export function filterClaims(
  claimed: readonly ClaimedSignature[],
  passes: (signature: ClaimedSignature) => boolean,
): readonly ClaimedSignature[] {
  return claimed.every(passes) ? claimed : claimed.filter(passes)
}

/** What a request says about its own signature, in either profile. Nothing of it is verified. */
export interface ClaimedSignature {
  readonly profile: Profile
  readonly keyId: string
  /** Unix milliseconds: when it says that it was made. */
  readonly timestampMs: number
  /** Unix milliseconds: from then on its maker wants it refused. */
  readonly expiresMs?: number
  /** The text that its maker added to make it unique, if the profile has one. */
  readonly nonce?: string
  /** The Content-Digest that it covers. The body must match it. */
  readonly contentDigest?: string
  /** Whether a decision on it can depend on the body. */
  dependsOnBody(key: VerifyingKey): boolean
  /** Whether it is this key's signature over this request. Never throws on anything received. */
  verify(key: VerifyingKey): MaybePromise<boolean>
  /**
   * The text by which a second use is recognised, within its key; `undefined` if a second use cannot be distinguished
   * from another request. Call it for a verified signature only.
   *
   * @param body the body, if the adapter has it
   * @param isAlone the signature alone counts, whatever the body is: another request with the same signature is refused
   */
  claimKey(key: VerifyingKey, body: Uint8Array | undefined, isAlone: boolean): MaybePromise<string | undefined>
}
