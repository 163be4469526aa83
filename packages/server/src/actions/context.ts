import type { Denied, KeyChange } from '@countersign/gate'
import type { KeyType } from '@countersign/protocol'
import type { Settings } from '../config/settings.ts'
import type { KeyPair } from '../keypairs/generate-key-pair.ts'
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
  /** A new key pair for an account, or a refusal if the account or all accounts ask for too many at once. */
  readonly takeKeyPair: (type: KeyType, accountId: string) => Promise<KeyPair | Denied>
  /** The id of this installation in every signed statement. */
  readonly deploymentId: string
  /** Unix milliseconds. */
  readonly now: () => number
}
