import type { UsageBatch } from '@countersign/gate'
import type { AdmissionPlace } from '../admission/server-admission.ts'
import type { Settings } from '../config/settings.ts'
import type { ChangeBoardSeat } from '../keys/change-board.ts'
import type { RememberedRefusal } from '../refusals/remembered-refusal.ts'
import type { Dialect } from '../storage/database.ts'

/** What a worker needs to load its code. */
export interface WorkerData {
  readonly dialect: Dialect
}

/** The start options of a data-plane thread. */
export interface WorkerStart {
  readonly settings: Settings
  readonly admission: AdmissionPlace
  readonly board: ChangeBoardSeat
  /** Whether other threads listen on the same port. */
  readonly sharesPort: boolean
  /** The table of all threads (`ThreadTable`), and this thread's row in it. */
  readonly threads: SharedArrayBuffer
  readonly row: number
}

/** Messages to a data-plane thread. `start` comes first and once. */
export type ToWorker =
  | { readonly ask: 'start'; readonly start: WorkerStart }
  | { readonly ask: 'metrics'; readonly id: number }
  /** The refusals of a key that it has not yet handed over; without a key, those that do not prove their sender. */
  | { readonly ask: 'refusals'; readonly id: number; readonly keyId: string | undefined }
  | { readonly ask: 'stop' }

/** Messages from a data-plane thread. */
export type FromWorker =
  /** Its code is loaded. It waits for its start. */
  | { readonly says: 'loaded' }
  | { readonly says: 'listening'; readonly port: number }
  | { readonly says: 'metrics'; readonly id: number; readonly metrics: unknown[] }
  | { readonly says: 'counted'; readonly usage: UsageBatch }
  | { readonly says: 'remembered'; readonly refusals: readonly RememberedRefusal[] }
  | { readonly says: 'refusals'; readonly id: number; readonly refusals: readonly RememberedRefusal[] }
  | { readonly says: 'stopped'; readonly isOrderly: boolean }
