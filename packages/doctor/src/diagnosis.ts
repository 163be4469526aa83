import type { Profile, PublicKey } from '@countersign/protocol'
import type { CauseCode } from './causes.ts'
import type { SignedTextDiff } from './diff.ts'

/** A public key that may have made the signature. */
export interface CandidateKey {
  readonly key: PublicKey
  /** The id that it is registered under, where that is known. */
  readonly keyId?: string
  /** Its name, for `other_key`. */
  readonly name?: string
}

/** What is known beside the request itself. */
export interface DiagnosisContext {
  /**
   * Public keys of the request's sender. The one whose id the request names counts as the registered one, else the first
   * without an id; the others are siblings.
   */
  readonly keys?: readonly CandidateKey[]
  /** Unix milliseconds of the server when the request came (its Date header); the clock is not judged where absent. */
  readonly serverTimeMs?: number
  /** Accepted difference to either side, in milliseconds; 30 000 where absent. */
  readonly windowMs?: number
  /** Base path of the API; `/trade-api/v2` where absent. */
  readonly basePath?: string
  /** Prefix of the access headers; the one that the request uses where absent. */
  readonly headerPrefix?: string
  /** The public host and port, where it is not the one in the request. */
  readonly authority?: string
  readonly scheme?: 'http' | 'https'
  /** The tag that RFC 9421 signatures must carry; any where absent. */
  readonly tag?: string
  /** What the server holds of the key that the request names. */
  readonly keyFacts?: KeyFacts
  /** What the server asks of the request's route. */
  readonly route?: RouteFacts
  /** How the server answered this very request. */
  readonly answer?: ServerAnswer
  /** Told how many texts were compared so far. */
  readonly onProgress?: (done: number, of: number) => void
}

/** What a server holds of a key, beside the public key. */
export interface KeyFacts {
  readonly state: 'active' | 'disabled' | 'revoked' | 'expired'
  readonly scopes: readonly string[]
  readonly minimumProfile?: Profile
}

/** What a server asks of the requests to a route. */
export interface RouteFacts {
  /** Why no request to it passes, as a sentence. */
  readonly refused?: string
  readonly scope?: string
  readonly minimumProfile?: Profile
}

/** The refusal that a server answered with. */
export interface ServerAnswer {
  /** Its `code` on the wire, or the name of a listed refusal. */
  readonly code: string
  readonly details?: string
  /** Whether it may be the answer to another request; false where absent. */
  readonly isGuess?: boolean
}

/** What could refuse a request whose signature is right, and could not be looked at. */
export type Unseen = 'clock' | 'key' | 'route' | 'replay'

/** One mistake. */
export interface Finding {
  readonly cause: CauseCode
  /** `certain`: it verified, or it is arithmetic. `likely`: it looks like it. */
  readonly confidence: 'certain' | 'likely'
  /** Sizes: how far off the clock is, how long the signature. */
  readonly details?: string
}

/** What a signature was found to be over. */
export interface SignedText {
  readonly diff: SignedTextDiff
  /** The algorithm under which it verified: `RSASSA-PKCS1-v1_5 with SHA-256`. */
  readonly algorithm: string
  /** What was done to the text before: `as the hexadecimal SHA-256 of the text`; absent where nothing was. */
  readonly encoding?: string
  /** Whether it holds the time that the request names, so that it was made for this time and no other. */
  readonly isTimed: boolean
  /** The key that verified it. */
  readonly key: CandidateKey
}

/** What the doctor says of a request. */
export type Diagnosis =
  | {
      readonly verdict: 'mistake'
      /** All that was found, in the order in which the server would refuse; the first is the reason. */
      readonly findings: readonly [Finding, ...Finding[]]
      readonly signed?: SignedText
      /** What must be signed, where the request says enough to tell. */
      readonly expected?: string
    }
  | {
      readonly verdict: 'correct'
      readonly signed: SignedText
      /** What is accepted and yet worth telling: a salt of another length. */
      readonly remark?: string
      /** What else could refuse it, and could not be looked at. */
      readonly unseen: readonly Unseen[]
    }
  | {
      /** No known mistake fits. */
      readonly verdict: 'unknown'
      readonly expected?: string
    }
