import type { Gate } from './gate.ts'
import type { DecisionSink } from './ports.ts'

/** The gate, which tells the sink of each decision before it hands it out. A fault is thrown on, and is no decision. */
export function withDecisionSink(gate: Gate, sink: DecisionSink): Gate {
  return {
    ...gate,
    async decide(request, rule) {
      const decision = await gate.decide(request, rule)
      sink.decided(decision, request)
      return decision
    },
  }
}
