import type {
  AccountAuditEventPage,
  AccountAuditQuery,
  AccountLimits,
  AccountUsage,
  ApiKey,
  ApiKeyDetails,
  ApiKeyPage,
  Cascade,
  CreateKeyRequest,
  CreateKeyResponse,
  Deployment,
  EndpointCosts,
  GenerateKeyRequest,
  GenerateKeyResponse,
  KeyUsage,
  ListKeysQuery,
  RevocationRequest,
  RevocationResponse,
  RevokeKeyRequest,
  RevokeKeyResponse,
  RotateKeyRequest,
  RotateKeyResponse,
  Rotation,
  UpdateKeyRequest,
  UsageQuery,
  WhoAmI,
} from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { type CallOptions, createCallApi } from './call.ts'

/** The server, and the function that sends. */
export type ManagementClientOptions = CallOptions

/** The page of a list: numbers and times as numbers or as text. */
export type KeyQuery = Omit<ListKeysQuery, 'view' | 'fcm_subtrader_id'>

/** The calls that manage an account's keys, by shorter names. Each rejects with `ApiError` if the server refuses. */
export interface ManagementClient {
  listKeys(): Promise<ApiKey[]>
  /** All details of one key. Needs the profile `http-message-signatures`. */
  getKey(apiKeyId: string): Promise<ApiKeyDetails>
  /** Makes a key pair on the server. The private key is in this answer and nowhere else. */
  generateKey(request: GenerateKeyRequest, idempotencyKey?: string): Promise<GenerateKeyResponse>
  /** Registers the caller's own public key. */
  createKey(request: CreateKeyRequest, idempotencyKey?: string): Promise<CreateKeyResponse>
  /** A page of keys with all their details. Needs http-message-signatures, as all changes below. */
  listKeyDetails(query?: KeyQuery): Promise<ApiKeyPage>
  /** Changes a key's name or restrictions, or narrows its scopes. */
  updateKey(apiKeyId: string, request: UpdateKeyRequest): Promise<ApiKeyDetails>
  disableKey(apiKeyId: string): Promise<ApiKeyDetails>
  enableKey(apiKeyId: string): Promise<ApiKeyDetails>
  /**
   * Revokes a key for good and, if asked, the keys that it made. If those are many, the answer has a `cascade`, and they
   * are revoked after it.
   */
  revokeKey(apiKeyId: string, request: RevokeKeyRequest): Promise<RevokeKeyResponse>
  /** How far the last revocation of a key with `cascade` is. */
  getCascade(apiKeyId: string): Promise<Cascade>
  /** Starts the replacement of a key. */
  rotateKey(apiKeyId: string, request: RotateKeyRequest, idempotencyKey?: string): Promise<RotateKeyResponse>
  /** The last rotation of a key. */
  getRotation(apiKeyId: string): Promise<Rotation>
  finishRotation(apiKeyId: string): Promise<Rotation>
  abortRotation(apiKeyId: string): Promise<Rotation>
  /** Revokes a public key everywhere, by a signature of its private key. Needs no API key. */
  revokeByProof(request: RevocationRequest): Promise<RevocationResponse>
  /** Deletes a key; it stops working at once. */
  deleteKey(apiKeyId: string): Promise<void>
  /** The account and the key that sign. Needs the profile `http-message-signatures`. */
  whoAmI(): Promise<WhoAmI>
  /** Requests that a key signed, over time, complete up to a second ago. */
  getKeyUsage(apiKeyId: string, query?: UsageQuery): Promise<KeyUsage>
  /** Requests that the account's keys signed, over time. */
  getAccountUsage(query?: UsageQuery): Promise<AccountUsage>
  /** A page of the changes of the account and its keys, newest first. */
  listAuditEvents(query?: AccountAuditQuery): Promise<AccountAuditEventPage>
  getLimits(): Promise<AccountLimits>
  getEndpointCosts(): Promise<EndpointCosts>
  getDeployment(): Promise<Deployment>
}

/** A client of the key-management API. */
export function createManagementClient(options: ManagementClientOptions): ManagementClient {
  const call = createCallApi(options)
  const ofKey = (apiKeyId: string) => ({ params: { api_key: apiKeyId } })

  return {
    listKeys: async () => (await call(calls.listApiKeys)).api_keys,
    getKey: (apiKeyId) => call(calls.getApiKey, ofKey(apiKeyId)),
    generateKey: (body, idempotencyKey) => call(calls.generateApiKey, { body, idempotencyKey }),
    createKey: (body, idempotencyKey) => call(calls.createApiKey, { body, idempotencyKey }),
    listKeyDetails: async (query = {}) =>
      (await call(calls.listApiKeys, { query: { ...query, view: 'full' } })) as ApiKeyPage,
    updateKey: (apiKeyId, body) => call(calls.updateApiKey, { ...ofKey(apiKeyId), body }),
    disableKey: (apiKeyId) => call(calls.disableApiKey, ofKey(apiKeyId)),
    enableKey: (apiKeyId) => call(calls.enableApiKey, ofKey(apiKeyId)),
    revokeKey: (apiKeyId, body) => call(calls.revokeApiKey, { ...ofKey(apiKeyId), body }),
    getCascade: (apiKeyId) => call(calls.getCascade, ofKey(apiKeyId)),
    rotateKey: (apiKeyId, body, idempotencyKey) =>
      call(calls.rotateApiKey, { ...ofKey(apiKeyId), body, idempotencyKey }),
    getRotation: (apiKeyId) => call(calls.getRotation, ofKey(apiKeyId)),
    finishRotation: (apiKeyId) => call(calls.finishRotation, ofKey(apiKeyId)),
    abortRotation: (apiKeyId) => call(calls.abortRotation, ofKey(apiKeyId)),
    revokeByProof: (body) => call(calls.createRevocation, { body }),
    deleteKey: (apiKeyId) => call(calls.deleteApiKey, ofKey(apiKeyId)),
    whoAmI: () => call(calls.whoAmI),
    getKeyUsage: (apiKeyId, query) => call(calls.getKeyUsage, { ...ofKey(apiKeyId), query }),
    getAccountUsage: (query) => call(calls.getAccountUsage, { query }),
    listAuditEvents: (query) => call(calls.listAccountAuditEvents, { query }),
    getLimits: () => call(calls.getAccountLimits),
    getEndpointCosts: () => call(calls.getEndpointCosts),
    getDeployment: () => call(calls.getDeployment),
  }
}
