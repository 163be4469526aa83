import type { KeyChange } from '@countersign/gate'
import type { Settings } from '../config/settings.ts'
import type { Database } from '../storage/database.ts'
import type { KeyBucketId } from '../storage/unused-buckets.ts'

/** What the actions of a running server work with. */
export interface ActionContext {
  readonly database: Database
  readonly settings: Settings
  /** Tells this process's key cache of a committed change, before the answer leaves. */
  readonly keyChanged: (change: KeyChange) => void
  /** Frees what this process keeps of the own bucket of keys that have ended; no key spends from it any more. */
  readonly bucketEnded: (bucket: KeyBucketId) => void
  /** Names this installation in every signed statement. */
  readonly deploymentId: string
  /** Unix milliseconds. */
  readonly now: () => number
}
