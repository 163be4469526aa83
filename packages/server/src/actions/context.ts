import type { KeyChange } from '@countersign/gate'
import type { Settings } from '../config/settings.ts'
import type { Database } from '../storage/database.ts'
import type { KeyBucketId } from '../storage/unused-buckets.ts'

/** What the actions of a running server work with. */
export interface ActionContext {
  readonly database: Database
  readonly settings: Settings
  /** Reports a committed change to this process's key cache, before the answer leaves. */
  readonly keyChanged: (change: KeyChange) => void
  /** Frees this process's memory for the own buckets of keys that have ended. No key spends from them any more. */
  readonly bucketEnded: (bucket: KeyBucketId) => void
  /** The id of this installation in every signed statement. */
  readonly deploymentId: string
  /** Unix milliseconds. */
  readonly now: () => number
}
