import type { ManagementClient } from '@countersign/client'
import type { SignedConnection } from './connect.ts'

/** The calls on keys, of the own account or of any. */
export type KeyCalls = Pick<
  ManagementClient,
  | 'listKeyDetails'
  | 'getKey'
  | 'updateKey'
  | 'disableKey'
  | 'enableKey'
  | 'revokeKey'
  | 'getRotation'
  | 'finishRotation'
  | 'abortRotation'
>

/** The option of commands that operators may use on the keys of all accounts. */
export interface AnyAccountOption {
  readonly anyAccount?: true
}

/** How that option is written. */
export const ANY_ACCOUNT = ['--any-account', 'a key of any account, for operators'] as const

/** The calls on keys of the own account, or, for operators, of any. */
export function keyCallsOf({ client, admin }: SignedConnection, { anyAccount }: AnyAccountOption): KeyCalls {
  return anyAccount ? { ...admin, listKeyDetails: admin.listKeys } : client
}
