import type { Profile, PublicKey } from '@countersign/protocol'
import type { CauseCode } from './causes.ts'
import type { SignedTextDiff } from './diff.ts'

/** A public key that may have made the signature. */
export interface CandidateKey {
  readonly key: PublicKey
  /** The id that it is registered under, if known. */
  readonly keyId?: string
  /** Its name, for `other_key`. */
  readonly name?: string
}

/** Facts beside the request itself. */
export interface DiagnosisContext {
  /**
   * Public keys of the request's sender. The key whose id the request names counts as the registered one, otherwise the
   * first without an id. The others are siblings.
   */
  readonly keys?: readonly CandidateKey[]
  /** Unix milliseconds of the server when the request came (its Date header). If absent, the clock is not checked. */
  readonly serverTimeMs?: number
  /** Accepted difference to either side, in milliseconds; 30 000 if absent. */
  readonly windowMs?: number
  /** Base path of the API; `/trade-api/v2` if absent. */
  readonly basePath?: string
  /** Prefix of the access headers; if absent, the one that the request uses. */
  readonly headerPrefix?: string
  /** The public host and port, if they differ from the request's. */
  readonly authority?: string
  readonly scheme?: 'http' | 'https'
  /** The tag that RFC 9421 signatures must carry; any if absent. */
  readonly tag?: string
  /** The server's facts about the key that the request names. */
  readonly keyFacts?: KeyFacts
  /** The server's requirements for the request's route. */
  readonly route?: RouteFacts
  /** The server's answer to this request. */
  readonly answer?: ServerAnswer
  /** Called with the number of compared texts so far. */
  readonly onProgress?: (done: number, of: number) => void
}

/** A server's facts about a key, beside the public key. */
export interface KeyFacts {
  readonly state: 'active' | 'disabled' | 'revoked' | 'expired'
  readonly scopes: readonly string[]
  readonly minimumProfile?: Profile
}

/** A server's requirements for the requests to a route. */
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
  /** Whether it may be the answer to another request; false if absent. */
  readonly isGuess?: boolean
}

/** What could refuse a correctly signed request, and could not be checked. */
export type Unseen = 'clock' | 'key' | 'route' | 'replay'

/** One mistake. */
export interface Finding {
  readonly cause: CauseCode
  /** `certain`: it verified, or it is arithmetic. `likely`: the signature looks like it. */
  readonly confidence: 'certain' | 'likely'
  /** Sizes: how far off the clock is, how long the signature. */
  readonly details?: string
}

/** The text that a signature was found to cover. */
export interface SignedText {
  readonly diff: SignedTextDiff
  /** The algorithm under which it verified: `RSASSA-PKCS1-v1_5 with SHA-256`. */
  readonly algorithm: string
  /** What was done to the text before signing: `as the hexadecimal SHA-256 of the text`; absent if nothing was. */
  readonly encoding?: string
  /** Whether it holds the request's own time, so that it was made for this time only. */
  readonly isTimed: boolean
  /** The key that verified it. */
  readonly key: CandidateKey
}

/** The doctor's result for a request. */
export type Diagnosis =
  | {
      readonly verdict: 'mistake'
      /** All findings, in the order in which the server would refuse. The first is the reason. */
      readonly findings: readonly [Finding, ...Finding[]]
      readonly signed?: SignedText
      /** The text that must be signed, if the request says enough. */
      readonly expected?: string
    }
  | {
      readonly verdict: 'correct'
      readonly signed: SignedText
      /** A remark about something that is accepted: a salt of another length. */
      readonly remark?: string
      /** What else could refuse it, and could not be checked. */
      readonly unseen: readonly Unseen[]
    }
  | {
      /** No known mistake fits. */
      readonly verdict: 'unknown'
      readonly expected?: string
    }
