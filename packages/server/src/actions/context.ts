import type { KeyChange } from '@countersign/gate'
import type { Settings } from '../config.ts'
import type { Database } from '../storage/database.ts'

/** What the actions of a running server work with. */
export interface ActionContext {
  readonly database: Database
  readonly settings: Settings
  /** Tells this process's key cache of a committed change, before the answer leaves. */
  readonly keyChanged: (change: KeyChange) => void
  /** Names this installation in every signed statement. */
  readonly deploymentId: string
  /** Unix milliseconds. */
  readonly now: () => number
}
