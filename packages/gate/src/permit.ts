import type { MaybePromise } from '@countersign/protocol'
import { askForSignature } from './accept-signature.ts'
import { andThen } from './and-then.ts'
import { allowed, type Decision, type Denied, proven } from './decision.ts'
import type { GateContext } from './gate-options.ts'
import type { GateRequest } from './request.ts'
import type { Rule } from './rules.ts'
import { admit } from './steps/admit.ts'
import { checkDigest } from './steps/check-digest.ts'
import { checkIp } from './steps/check-ip.ts'
import { checkKeyState } from './steps/check-key-state.ts'
import { checkProfile } from './steps/check-profile.ts'
import { checkQuery } from './steps/check-query.ts'
import { checkScope } from './steps/check-scope.ts'
import { checkSession } from './steps/check-session.ts'
import type { Claim } from './steps/find-key.ts'
import { readBody } from './steps/read-body.ts'

/**
 * Decides what a verified request may do: state, profile, address, scope, body, and at the end replay and token
 * buckets.
 */
export function permit(
  request: GateRequest,
  claim: Claim,
  needed: Rule | undefined,
  context: GateContext,
): MaybePromise<Decision> {
  const { signature, record } = claim
  const nowMs = context.now()
  const refuse = (refused: Denied, asked: GateRequest) =>
    proven(askForSignature(refused, asked, context.messageSignatures.tag), record)
  const refused =
    checkKeyState(record, nowMs) ??
    checkProfile(signature.profile, record.minimumProfile, needed?.minimumProfile) ??
    checkSession(record, signature, context.sessionNonces, nowMs) ??
    checkIp(record, request.ip) ??
    checkScope(record, needed) ??
    checkQuery(request.target, needed)
  if (refused) return refuse(refused, request)
  return andThen(readBody(request, signature, record), (whole) => {
    if ('denied' in whole) return proven(whole, record)
    const last = andThen(
      checkDigest(signature, whole.body),
      (wrong) => wrong ?? admit(whole, signature, record, needed ?? {}, context),
    )
    return andThen(last, (late) => (late ? refuse(late, whole) : allowed(record, signature, whole.body !== undefined)))
  })
}
