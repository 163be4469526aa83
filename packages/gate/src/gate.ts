import { type AccessHeaderNames, accessHeaderNames, type MaybePromise, pathOf } from '@countersign/protocol'
import { askForSignature } from './accept-signature.ts'
import type { Admission, TierBuckets } from './admission.ts'
import { andThen, attempt } from './and-then.ts'
import { type Allowed, type Decision, type Denied, denied, type Principal } from './decision.ts'
import { type Explain, explainSignature, explainTime } from './explain.ts'
import { createFailureBudget, type FailureBudget } from './failure-budget.ts'
import { createMemoryAdmission } from './memory-admission.ts'
import type { KeySource } from './ports.ts'
import type { MessageSignatureOptions } from './profiles/message-signatures.ts'
import type { GateRequest } from './request.ts'
import { DEFAULT_COST, defaultRules, type Rule, type Rules } from './rules.ts'
import { admit } from './steps/admit.ts'
import { checkAbuse } from './steps/check-abuse.ts'
import { checkClock } from './steps/check-clock.ts'
import { checkDigest } from './steps/check-digest.ts'
import { checkIp } from './steps/check-ip.ts'
import { checkKeyState } from './steps/check-key-state.ts'
import { checkProfile } from './steps/check-profile.ts'
import { checkQuery } from './steps/check-query.ts'
import { checkScope } from './steps/check-scope.ts'
import { checkSession, type SessionNonces } from './steps/check-session.ts'
import { checkSignature } from './steps/check-signature.ts'
import { checkTarget } from './steps/check-target.ts'
import { type Claim, findKey } from './steps/find-key.ts'
import { readBody } from './steps/read-body.ts'
import { readSignature } from './steps/read-signature.ts'
import { createVerificationQueue } from './verification-queue.ts'

/** What a gate is made of. */
export interface GateOptions {
  readonly keys: KeySource
  /** What each route needs; GET and HEAD `read`, all else `write` where absent. */
  readonly rules?: Rules
  /** Accepted difference between a timestamp and the server's time, to either side, in milliseconds; 30 000 by default. */
  readonly windowMs?: number
  /** Names of the access headers, where the provider has its own prefix. */
  readonly headerNames?: AccessHeaderNames
  /** How RFC 9421 signatures are taken. */
  readonly messageSignatures?: MessageSignatureOptions
  /** Replay protection and token buckets; in this process's memory by default. */
  readonly admission?: Admission
  /** The token buckets of a usage tier; no request is limited where absent. */
  readonly bucketsOf?: (tier: string) => TierBuckets
  /** Tokens that a request takes where its rule names no cost; 10 by default. */
  readonly defaultCost?: number
  /** How many failed verifications strangers may cause. */
  readonly failureBudget?: FailureBudget
  /** Lets browsers' keys in, by their nonces; where absent their ids are unknown. */
  readonly sessionNonces?: SessionNonces
  /** Says why a signature was refused, to whom that may be told; nothing is said where absent. */
  readonly explain?: Explain
  /** Unix milliseconds. */
  readonly now?: () => number
}

/** Decides requests. */
export interface Gate {
  /**
   * Allowed with a principal (with none on a public route), or denied with a code; the checks run in the order of contract.md section 3. At once where
   * nothing has to be waited for: `await` takes either. Never throws; rejects only where a port has a fault of its own.
   *
   * @param rule what the route needs, where a router has found it already; the gate's own rules count where absent
   */
  decide(request: GateRequest, rule?: Rule): MaybePromise<Decision>
  /**
   * What would refuse an allowed request by now: its key is gone, revoked, disabled or expired, or may do less. For what a
   * request opened and that stays open; nothing is verified, claimed or charged again.
   */
  recheck(
    principal: Pick<Principal, 'keyId' | 'profile'>,
    request: Pick<GateRequest, 'method' | 'target' | 'ip'>,
    rule?: Rule,
  ): MaybePromise<Denied | undefined>
}

/** The time window where none is configured, in milliseconds to either side (contract.md section 2). */
export const DEFAULT_WINDOW_MS = 30_000

/** A gate over its ports: one request in, one decision out. */
export function createGate(options: GateOptions): Gate {
  const { keys, rules = defaultRules, windowMs = DEFAULT_WINDOW_MS, now = Date.now } = options
  const { headerNames = accessHeaderNames(), messageSignatures = {} } = options
  const { failureBudget = createFailureBudget(), sessionNonces, explain } = options
  const { admission = createMemoryAdmission({ startedAtMs: now() }), bucketsOf, defaultCost = DEFAULT_COST } = options
  const admitting = { admission, bucketsOf, defaultCost, windowMs }
  const queue = createVerificationQueue()
  const ask = (refused: Denied, request: GateRequest) => askForSignature(refused, request, messageSignatures.tag)

  return {
    decide(request, rule) {
      return attempt(() => {
        const nowMs = now()
        const unclear = checkTarget(request)
        if (unclear) return unclear
        const needed = rule ?? rules(request.method, pathOf(request.target))
        if (needed?.public) return checkQuery(request.target, needed) ?? ANYBODY
        const claimed = readSignature(request, headerNames, messageSignatures)
        if ('denied' in claimed) return ask(explainTime(claimed, request, explain, nowMs), request)
        const fresh = checkClock(claimed, nowMs, windowMs)
        if ('denied' in fresh) return explainTime(fresh, request, explain, nowMs)
        const mayTry = checkAbuse(fresh, request.ip, failureBudget, nowMs)
        if ('denied' in mayTry) return mayTry
        return andThen(findKey(mayTry, keys, sessionNonces !== undefined), (claim) => {
          if ('denied' in claim) return failed(claim, undefined, request)
          const { signature, record } = claim
          if (failureBudget.knows(request.ip, record.keyId, nowMs)) {
            return andThen(checkSignature(signature, record, queue), (forged) =>
              forged ? refuseForged(forged, request, claim, nowMs) : decideVerified(request, claim, needed, nowMs),
            )
          }
          const askAgain = () => refusalOf(checkAbuse([signature], request.ip, failureBudget, now()))
          return andThen(checkSignature(signature, record, queue, askAgain), (forged) => {
            if (forged) return refuseForged(forged, request, claim, nowMs)
            // The key may have changed while this request waited.
            return andThen(findKey([signature], keys, sessionNonces !== undefined), (still) =>
              'denied' in still ? still : decideVerified(request, still, needed, now()),
            )
          })
        })
      })
    },

    recheck({ keyId, profile }, { method, target, ip }, rule) {
      return andThen(keys.find(keyId), (record) => {
        if (record === 'unavailable') return denied('service_unavailable')
        if (!record) return denied('key_not_found')
        const needed = rule ?? rules(method, pathOf(target))
        return (
          checkKeyState(record, now()) ??
          checkProfile(profile, record.minimumProfile, needed?.minimumProfile) ??
          checkIp(record, ip) ??
          checkScope(record, needed)
        )
      })
    },
  }

  function refuseForged(refused: Denied, request: GateRequest, { record }: Claim, nowMs: number): MaybePromise<Denied> {
    if (refused.denied !== 'signature_incorrect') return refused
    return explainSignature(failed(refused, record.keyId, request), request, record, explain, nowMs)
  }

  function decideVerified(
    request: GateRequest,
    claim: Claim,
    needed: Rule | undefined,
    nowMs: number,
  ): MaybePromise<Decision> {
    const { signature, record } = claim
    failureBudget.verified(request.ip, record.keyId, nowMs)
    const refused =
      checkKeyState(record, nowMs) ??
      checkProfile(signature.profile, record.minimumProfile, needed?.minimumProfile) ??
      checkSession(record, signature, sessionNonces, nowMs) ??
      checkIp(record, request.ip) ??
      checkScope(record, needed) ??
      checkQuery(request.target, needed)
    if (refused) return proven(ask(refused, request), claim)
    return andThen(readBody(request, signature, record), (whole) => {
      if ('denied' in whole) return proven(whole, claim)
      const late = andThen(
        checkDigest(signature, whole.body),
        (wrong) => wrong ?? admit(whole, signature, record, needed ?? {}, admitting, nowMs),
      )
      return andThen(late, (refused) => (refused ? proven(ask(refused, whole), claim) : allowed(claim, whole)))
    })
  }

  /** Counts a failed verification; what cannot be looked up is nobody's failure. */
  function failed(refused: Denied, keyId: string | undefined, { ip }: GateRequest): Denied {
    if (refused.denied !== 'service_unavailable') failureBudget.failed(ip, keyId, now())
    return refused
  }
}

/** What a public route answers: nobody was identified. */
const ANYBODY: Allowed = { allowed: undefined }

function refusalOf(checked: object): Denied | undefined {
  return 'denied' in checked ? (checked as Denied) : undefined
}

function proven(refused: Denied, { record }: Claim): Denied {
  return { ...refused, provenKeyId: record.keyId, provenAccountId: record.accountId }
}

function allowed({ signature, record }: Claim, { body }: GateRequest): Allowed {
  const { accountId, keyId, scopes, tier, externalId, subaccount } = record
  const { profile, contentDigest } = signature
  const principal: Principal = {
    accountId,
    keyId,
    scopes,
    tier,
    profile,
    ...(externalId !== undefined && { externalId }),
    ...(subaccount !== undefined && { subaccount }),
    ...(record.isSession && { isSession: true }),
  }
  const isUnchecked = contentDigest !== undefined && body === undefined
  return { allowed: principal, ...(isUnchecked && { uncheckedDigest: contentDigest }) }
}
