import { andThen, attempt } from './and-then.ts'
import type { Gate } from './gate-interface.ts'
import type { DecisionSink } from './ports.ts'

/**
 * A gate that passes each decision to the sink before it returns it. A fault is thrown on and does not count as a
 * decision.
 */
export function withDecisionSink(gate: Gate, sink: DecisionSink): Gate {
  return {
    ...gate,
    decide(request, rule) {
      return attempt(() =>
        andThen(gate.decide(request, rule), (decision) => {
          sink.decided(decision, request)
          return decision
        }),
      )
    },
  }
}
