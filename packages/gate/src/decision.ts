import type { Profile, RefusalName } from '@countersign/protocol'
import type { Charge } from './admission.ts'

/** Who a verified request comes from and what the key may do. */
export interface Principal {
  readonly accountId: string
  /** The provider's own id of the account, where it has one. */
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
  /** Set where a browser's key signed; only gates with `sessionNonces` let one in. */
  readonly isSession?: true | undefined
}

/** Why a signature was refused, for the one who made it. */
export interface Explanation {
  /** The stable name of the mistake. */
  readonly cause: string
  /** What to do about it. */
  readonly hint: string
  /** The text that was signed, and the one that should have been: for the key's holder, and never in an answer. */
  readonly signedText?: string
  readonly expectedText?: string
}

/** A refusal: a value, never a throw. */
export interface Denied {
  readonly denied: RefusalName
  /** What this refusal adds to its standing words (the scope that was needed); never key material. */
  readonly details?: string
  /** The key whose holder provably sent the request: set only where its signature verified. */
  readonly provenKeyId?: string
  /** The account of that key. */
  readonly provenAccountId?: string
  /** Set where that key is a browser's. */
  readonly provenSession?: true | undefined
  /** Why the signature was refused, where that may be told. */
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
  /** Who sent it; `undefined` on a route that a rule makes public, where no signature was looked at. */
  readonly allowed: Principal | undefined
  /** A signed Content-Digest that the body must still match: the gate was asked before the body was at hand. */
  readonly uncheckedDigest?: string
}

/** What the gate says of one request. */
export type Decision = Allowed | Denied

/** A refusal by its stable name. */
export function denied(name: RefusalName, details?: string): Denied {
  return details === undefined ? { denied: name } : { denied: name, details }
}

/** What a public route answers: nobody was identified. */
export const ANYBODY: Allowed = { allowed: undefined }

/** What a decision tells of a registered key. */
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

/** A refusal of a request whose signature verified: its key's holder sent it. */
export function proven(
  refused: Denied,
  { keyId, accountId, isSession }: Pick<DecidedKey, 'keyId' | 'accountId' | 'isSession'>,
): Denied {
  return { ...refused, provenKeyId: keyId, provenAccountId: accountId, provenSession: isSession || undefined }
}
