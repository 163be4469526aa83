import type { UsageBatch } from '@countersign/gate'
import type { SharedAdmissionMemory } from '../admission/shared-admission.ts'
import type { Settings } from '../config/settings.ts'
import type { ChangeBoardSeat } from '../keys/change-board.ts'
import type { RememberedRefusal } from '../refusals/refusal-memory.ts'
import type { Dialect } from '../storage/database.ts'

/** What a worker needs to load its code. */
export interface WorkerData {
  readonly dialect: Dialect
}

/** What a data-plane thread is started with. */
export interface WorkerStart {
  readonly settings: Settings
  readonly admission: SharedAdmissionMemory
  readonly board: ChangeBoardSeat
  /** Whether other threads listen on the same port. */
  readonly sharesPort: boolean
  /** The table of all threads (`ThreadTable`), and this thread's row in it. */
  readonly threads: SharedArrayBuffer
  readonly row: number
}

/** What a data-plane thread is asked. `start` comes first and once. */
export type ToWorker =
  | { readonly ask: 'start'; readonly start: WorkerStart }
  | { readonly ask: 'metrics'; readonly id: number }
  /** The refusals of a key, or where none is named those that prove nothing. */
  | { readonly ask: 'refusals'; readonly id: number; readonly keyId: string | undefined }
  | { readonly ask: 'stop' }

/** What a data-plane thread says. */
export type FromWorker =
  /** Its code is loaded. It waits for its start. */
  | { readonly says: 'loaded' }
  | { readonly says: 'listening'; readonly port: number }
  | { readonly says: 'metrics'; readonly id: number; readonly metrics: unknown[] }
  | { readonly says: 'counted'; readonly usage: UsageBatch }
  | { readonly says: 'refusals'; readonly id: number; readonly refusals: readonly RememberedRefusal[] }
  | { readonly says: 'stopped'; readonly isOrderly: boolean }
