import type { Profile, RefusalName } from '@countersign/protocol'
import type { Charge } from './admission.ts'

/** The caller of a verified request, and what its key may do. */
export interface Principal {
  readonly accountId: string
  /** The provider's own id of the account, if it has one. */
  readonly externalId?: string | undefined
  /** The key's id (`api_key_id` on the wire). */
  readonly keyId: string
  readonly scopes: readonly string[]
  /** The one sub-account that the key is bound to, 0 to 63. */
  readonly subaccount?: number | undefined
  /** The account's usage tier. */
  readonly tier: string
  /** How this request carried its signature. */
  readonly profile: Profile
  /** Set if a browser's key signed. Only gates with `sessionNonces` accept such keys. */
  readonly isSession?: true | undefined
}

/** Why a signature was refused. It is for the person who made the signature. */
export interface Explanation {
  /** The stable name of the mistake. */
  readonly cause: string
  /** What to do about it. */
  readonly hint: string
  /** The signed text and the expected text. They are for the key's holder and never in an answer. */
  readonly signedText?: string
  readonly expectedText?: string
}

/** A refusal: a value, never a throw. */
export interface Denied {
  readonly denied: RefusalName
  /** The details of this refusal (the scope that was needed). They never hold key material. */
  readonly details?: string
  /** The key whose holder provably sent the request: set only if its signature verified. */
  readonly provenKeyId?: string
  /** The account of that key. */
  readonly provenAccountId?: string
  /** Set if that key is a browser's. */
  readonly provenSession?: true | undefined
  /** Why the signature was refused, if it may be disclosed. */
  readonly diagnosis?: Explanation
  /** Whole seconds after which another attempt may pass. */
  readonly retryAfterSeconds?: number
  /** The token bucket that held too little. */
  readonly limit?: Charge
  /** What a signature of the request must cover: the value of the field Accept-Signature (RFC 9421 section 5.1). */
  readonly acceptSignature?: string
}

/** A request that may pass. */
export interface Allowed {
  /** The caller; `undefined` on a public route, where no signature is read. */
  readonly allowed: Principal | undefined
  /** A signed Content-Digest that must still be compared with the body: the gate had no body. */
  readonly uncheckedDigest?: string
}

/** The result of the gate for one request. */
export type Decision = Allowed | Denied

/** A refusal by its stable name. */
export function denied(name: RefusalName, details?: string): Denied {
  return details === undefined ? { denied: name } : { denied: name, details }
}

/** The decision on a public route: no caller was identified. */
export const ANYBODY: Allowed = { allowed: undefined }

/** The fields of a registered key that a decision uses. */
type DecidedKey = Omit<Principal, 'profile' | 'isSession'> & { readonly isSession?: boolean | undefined }

/** A request that passed all checks. */
export function allowed(
  { accountId, keyId, scopes, tier, externalId, subaccount, isSession }: DecidedKey,
  { profile, contentDigest }: { readonly profile: Profile; readonly contentDigest?: string | undefined },
  hasBody: boolean,
): Allowed {
  return {
    allowed: { accountId, keyId, scopes, tier, profile, externalId, subaccount, isSession: isSession || undefined },
    uncheckedDigest: hasBody ? undefined : contentDigest,
  }
}

/** A refusal of a request whose signature verified, so the key's holder sent it. */
export function proven(
  refused: Denied,
  { keyId, accountId, isSession }: Pick<DecidedKey, 'keyId' | 'accountId' | 'isSession'>,
): Denied {
  return { ...refused, provenKeyId: keyId, provenAccountId: accountId, provenSession: isSession || undefined }
}
