import type { MaybePromise } from '@countersign/protocol'
import type { Decision, Denied, Principal } from './decision.ts'
import type { GateRequest } from './request.ts'
import type { Rule } from './rules.ts'

/** Decides requests. */
export interface Gate {
  /**
   * Allowed with a principal (without one on a public route), or denied with a code. The checks run in the order of
   * docs/wire.md section 3. It returns a value if nothing must be waited for, otherwise a promise; `await` takes both.
   * Never throws. Rejects only if a port has a fault of its own.
   *
   * @param rule what the route needs, if a router has found it already; otherwise the gate's own rules count
   */
  decide(request: GateRequest, rule?: Rule): MaybePromise<Decision>
  /**
   * What would refuse an allowed request now: its key is gone, revoked, disabled or expired, or may do less. It is for
   * what stays open after its request, such as a WebSocket. It verifies, claims and charges nothing.
   */
  recheck(
    principal: Pick<Principal, 'keyId' | 'profile'>,
    request: Pick<GateRequest, 'method' | 'target' | 'ip'>,
    rule?: Rule,
  ): MaybePromise<Denied | undefined>
}
