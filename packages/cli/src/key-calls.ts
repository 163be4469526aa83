import * as calls from '@countersign/api/calls'
import type { CallApi, ManagementClient } from '@countersign/client'
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
  | 'getCascade'
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
export function keyCallsOf({ client, call }: SignedConnection, { anyAccount }: AnyAccountOption): KeyCalls {
  return anyAccount ? callsOnAnyKey(call) : client
}

function callsOnAnyKey(call: CallApi): KeyCalls {
  const of = (apiKeyId: string) => ({ params: { api_key: apiKeyId } })
  return {
    listKeyDetails: (query = {}) => call(calls.listAllApiKeys, { query }),
    getKey: (apiKeyId) => call(calls.getAnyApiKey, of(apiKeyId)),
    updateKey: (apiKeyId, body) => call(calls.updateAnyApiKey, { ...of(apiKeyId), body }),
    disableKey: (apiKeyId) => call(calls.disableAnyApiKey, of(apiKeyId)),
    enableKey: (apiKeyId) => call(calls.enableAnyApiKey, of(apiKeyId)),
    revokeKey: (apiKeyId, body) => call(calls.revokeAnyApiKey, { ...of(apiKeyId), body }),
    getCascade: (apiKeyId) => call(calls.getAnyCascade, of(apiKeyId)),
    getRotation: (apiKeyId) => call(calls.getAnyRotation, of(apiKeyId)),
    finishRotation: (apiKeyId) => call(calls.finishAnyRotation, of(apiKeyId)),
    abortRotation: (apiKeyId) => call(calls.abortAnyRotation, of(apiKeyId)),
  }
}
