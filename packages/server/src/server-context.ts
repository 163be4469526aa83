import type { Gate } from '@countersign/gate'
import type { Logger } from 'pino'
import type { ActionContext } from './actions/context.ts'

/** What the routes of a running server work with. */
export interface ServerContext extends ActionContext {
  readonly gate: Gate
  readonly log: Logger
  /** Names this installation in every signed statement. */
  readonly deploymentId: string
}
