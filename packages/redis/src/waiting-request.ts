import type { AdmissionOutcome, AdmissionRequest, BucketSize } from '@countersign/gate'

/** A request that waits for Redis, with its keys there. */
export interface WaitingRequest {
  readonly request: Pick<AdmissionRequest, 'claim'> & { readonly charges: readonly Needed[] }
  /** The slot of all its keys in a cluster. */
  readonly slot: number
  /** With a claim: the claim's key, and if it is counted, the count of the account's claims. Then a key for each charge. */
  readonly keys: readonly string[]
  readonly isCounted: boolean
  /** Only asks what the buckets hold. */
  readonly isQuestion: boolean
  /** It was sent before, and certainly did nothing. */
  isSecondTry: boolean
  readonly settle: (answer: Answer) => void
}

/** A charge, as far as Redis needs it. */
export interface Needed extends BucketSize {
  readonly cost: number
}

/** The script's answer to a request: a number, or what each bucket holds; or an outcome without Redis. */
export type Answer = number | string | AdmissionOutcome
