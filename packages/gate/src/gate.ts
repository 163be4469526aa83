import { type AccessHeaderNames, accessHeaderNames, pathOf } from '@countersign/protocol'
import type { Decision, Denied, Principal } from './decision.ts'
import type { KeyRecord, KeySource } from './ports.ts'
import type { GateRequest } from './request.ts'
import { defaultRules, type Rules } from './rules.ts'
import { checkClock } from './steps/check-clock.ts'
import { checkKeyState } from './steps/check-key-state.ts'
import { checkScope } from './steps/check-scope.ts'
import { checkSignature } from './steps/check-signature.ts'
import { checkTarget } from './steps/check-target.ts'
import { findKey } from './steps/find-key.ts'
import { type ReadSignature, readSignature } from './steps/read-signature.ts'
import { createVerificationQueue } from './verification-queue.ts'

/** What a gate is made of. */
export interface GateOptions {
  readonly keys: KeySource
  /** What each route needs; GET and HEAD `read`, all else `write` where absent. */
  readonly rules?: Rules
  /** Accepted difference between a timestamp and the server's time, to either side, in milliseconds; 30 000 by default. */
  readonly windowMs?: number
  readonly headerNames?: AccessHeaderNames
  /** Unix milliseconds. */
  readonly now?: () => number
}

/** Decides requests. */
export interface Gate {
  /**
   * Allowed with a principal, or denied with a code; the checks run in the order of contract.md section 3.
   * Throws only where a port has a fault of its own.
   */
  decide(request: GateRequest): Promise<Decision>
}

/** The time window where none is configured, in milliseconds to either side (contract.md section 2). */
export const DEFAULT_WINDOW_MS = 30_000

/** A gate over its ports: one request in, one decision out. */
export function createGate(options: GateOptions): Gate {
  const { keys, rules = defaultRules, windowMs = DEFAULT_WINDOW_MS, now = Date.now } = options
  const headerNames = options.headerNames ?? accessHeaderNames()
  const queue = createVerificationQueue()

  return {
    async decide(request) {
      const nowMs = now()
      const unclear = checkTarget(request)
      if (unclear) return unclear
      const signed = readSignature(request, headerNames)
      if ('denied' in signed) return signed
      const stale = checkClock(signed, nowMs, windowMs)
      if (stale) return stale
      const record = await findKey(signed, keys)
      if ('denied' in record) return record
      const forged = await checkSignature(request, signed, record, queue)
      if (forged) return forged
      const refused =
        checkKeyState(record, signed.profile, nowMs) ??
        checkScope(record, rules(request.method, pathOf(request.target)))
      return refused ? proven(refused, record) : { allowed: principalOf(record, signed) }
    },
  }
}

function proven(refused: Denied, record: KeyRecord): Denied {
  return { ...refused, provenKeyId: record.keyId }
}

function principalOf(record: KeyRecord, signed: ReadSignature): Principal {
  const { accountId, keyId, scopes, tier, externalId, subaccount } = record
  return {
    accountId,
    keyId,
    scopes,
    tier,
    profile: signed.profile,
    ...(externalId !== undefined && { externalId }),
    ...(subaccount !== undefined && { subaccount }),
  }
}
