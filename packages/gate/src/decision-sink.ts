import { andThen, attempt } from './and-then.ts'
import type { Gate } from './gate.ts'
import type { DecisionSink } from './ports.ts'

/** The gate, which tells the sink of each decision before it hands it out. A fault is thrown on, and is no decision. */
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
