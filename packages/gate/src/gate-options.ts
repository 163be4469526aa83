import { type AccessHeaderNames, accessHeaderNames } from '@countersign/protocol'
import type { Admission, TierBuckets } from './admission.ts'
import { SYSTEM_CLOCKS } from './admission-clock.ts'
import type { Explain } from './explain.ts'
import { createFailureBudget, type FailureBudget } from './failure-budget.ts'
import { createMemoryAdmission } from './memory-admission.ts'
import type { KeySource } from './ports.ts'
import type { MessageSignatureOptions } from './profiles/message-signatures.ts'
import { DEFAULT_COST, defaultRules, type Rules } from './rules.ts'
import type { SessionNonces } from './steps/check-session.ts'
import { createVerificationQueue, type VerificationQueue } from './verification-queue.ts'

/** Options of a gate. */
export interface GateOptions {
  readonly keys: KeySource
  /** What each route needs. By default GET and HEAD need `read`, all else `write`. */
  readonly rules?: Rules
  /** Accepted difference between a timestamp and the server's time, to either side, in milliseconds; 30 000 by default. */
  readonly windowMs?: number
  /** Names of the access headers, if the provider has its own prefix. */
  readonly headerNames?: AccessHeaderNames
  /**
   * The prefix that an outer proxy removes from the path, such as `/gw`; none by default. Clients sign the path with
   * it. Rules match the path without it.
   */
  readonly publicPrefix?: string
  /** How RFC 9421 signatures are accepted. */
  readonly messageSignatures?: MessageSignatureOptions
  /** Replay protection and token buckets; in this process's memory by default. */
  readonly admission?: Admission
  /** The token buckets of a usage tier. Without it no request is limited. */
  readonly bucketsOf?: (tier: string) => TierBuckets
  /** Tokens that a request takes if its rule names no cost; 10 by default. */
  readonly defaultCost?: number
  /** How many failed verifications strangers may cause. */
  readonly failureBudget?: FailureBudget
  /** Accepts browsers' keys, by their nonces. Without it their ids are unknown. */
  readonly sessionNonces?: SessionNonces
  /** Says why a signature was refused, if it may be disclosed. Without it nothing is explained. */
  readonly explain?: Explain
  /** Unix milliseconds. */
  readonly now?: () => number
}

/** What a gate works with: the options with their defaults, and what the gate makes for itself. */
export interface GateContext extends GateOptions {
  readonly rules: Rules
  readonly windowMs: number
  readonly headerNames: AccessHeaderNames
  readonly publicPrefix: string
  readonly messageSignatures: MessageSignatureOptions
  readonly admission: Admission
  readonly defaultCost: number
  readonly failureBudget: FailureBudget
  readonly now: () => number
  readonly queue: VerificationQueue
}

/** The default time window, in milliseconds to either side (docs/wire.md section 2). */
export const DEFAULT_WINDOW_MS = 30_000

/** The context of a new gate. */
export function withDefaults(options: GateOptions): GateContext {
  const { now = Date.now } = options
  return {
    keys: options.keys,
    rules: options.rules ?? defaultRules,
    windowMs: options.windowMs ?? DEFAULT_WINDOW_MS,
    headerNames: options.headerNames ?? accessHeaderNames(),
    publicPrefix: options.publicPrefix ?? '',
    messageSignatures: options.messageSignatures ?? {},
    admission: options.admission ?? createMemoryAdmission({ clocks: { ...SYSTEM_CLOCKS, wallMs: now } }),
    bucketsOf: options.bucketsOf,
    defaultCost: options.defaultCost ?? DEFAULT_COST,
    failureBudget: options.failureBudget ?? createFailureBudget(),
    sessionNonces: options.sessionNonces,
    explain: options.explain,
    now,
    queue: createVerificationQueue(),
  }
}
