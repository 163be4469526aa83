import type { Decision, Gate, GateRequest } from '@countersign/gate'
import type { Logger } from 'pino'
import type { ActionContext } from './actions/context.ts'

/** What the routes of a running server work with. */
export interface ServerContext extends ActionContext {
  readonly gate: Gate
  readonly log: Logger
  /** Told of every decision of the gate. */
  readonly decided: (decision: Decision, seconds: number, request: GateRequest) => void
  /** What all threads of the process counted, in Prometheus' text format. */
  readonly collectMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>
}
