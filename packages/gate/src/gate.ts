import { pathOf } from '@countersign/protocol'
import { andThen, attempt, unlessDenied } from './and-then.ts'
import { ANYBODY, denied } from './decision.ts'
import { withDecisionSink } from './decision-sink.ts'
import type { Gate } from './gate-interface.ts'
import { type GateOptions, withDefaults } from './gate-options.ts'
import { identify } from './identify.ts'
import { permit } from './permit.ts'
import type { GateRequest } from './request.ts'
import { checkIp } from './steps/check-ip.ts'
import { checkKeyState } from './steps/check-key-state.ts'
import { checkProfile } from './steps/check-profile.ts'
import { checkQuery } from './steps/check-query.ts'
import { checkScope } from './steps/check-scope.ts'
import { checkTarget } from './steps/check-target.ts'
import { verify } from './verify.ts'

/** A gate over its ports: one request in, one decision out. */
export function createGate(given: GateOptions): Gate {
  const options = withDefaults(given)
  const { keys, rules, publicPrefix, now } = options
  const gate: Gate = {
    decide(request, rule) {
      return attempt(() => {
        const unclear = checkTarget(request)
        if (unclear) return unclear
        const needed = rule ?? rules(request.method, pathOf(request.target))
        if (needed?.public) return checkQuery(request.target, needed) ?? ANYBODY
        const signed = needed?.isInternal ? request : withPrefix(request, publicPrefix)
        return unlessDenied(identify(signed, options), (claim) =>
          unlessDenied(verify(signed, claim, options), (proven) => permit(signed, proven, needed, options)),
        )
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
  return keys.decisions ? withDecisionSink(gate, keys.decisions) : gate
}

/** The request as the client sent it, before an outer proxy removed the prefix. */
function withPrefix(request: GateRequest, prefix: string): GateRequest {
  return prefix === '' ? request : { ...request, target: prefix + request.target }
}
