import type {
  AccountAuditEventPage,
  AccountAuditQuery,
  AccountLimits,
  AccountUsage,
  ApiKey,
  ApiKeyDetails,
  ApiKeyPage,
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
import { isObject, isText, type ManagementClientOptions, operationCaller, readAnswer } from './call-operation.ts'

export type { ManagementClientOptions } from './call-operation.ts'

/** Which page of a list: numbers and times as they are, or as text. */
export type KeyQuery = Omit<ListKeysQuery, 'view' | 'fcm_subtrader_id'>

/** The calls that manage an account's keys. Each rejects with `ApiError` where the server refuses. */
export interface ManagementClient {
  listKeys(): Promise<ApiKey[]>
  /** All that is known of one key. Needs the profile `http-message-signatures`. */
  getKey(apiKeyId: string): Promise<ApiKeyDetails>
  /** Makes a key pair on the server; the private key is in this answer and nowhere else. */
  generateKey(request: GenerateKeyRequest, idempotencyKey?: string): Promise<GenerateKeyResponse>
  /** Registers the caller's own public key. */
  createKey(request: CreateKeyRequest, idempotencyKey?: string): Promise<CreateKeyResponse>
  /** A page of keys with everything that is known of them. Needs http-message-signatures, as all changes below. */
  listKeyDetails(query?: KeyQuery): Promise<ApiKeyPage>
  /** Changes a key's name or restrictions, or narrows its scopes. */
  updateKey(apiKeyId: string, request: UpdateKeyRequest): Promise<ApiKeyDetails>
  disableKey(apiKeyId: string): Promise<ApiKeyDetails>
  enableKey(apiKeyId: string): Promise<ApiKeyDetails>
  /** Revokes a key for good, and on demand those that it made. */
  revokeKey(apiKeyId: string, request: RevokeKeyRequest): Promise<RevokeKeyResponse>
  /** Starts to replace a key. */
  rotateKey(apiKeyId: string, request: RotateKeyRequest, idempotencyKey?: string): Promise<RotateKeyResponse>
  /** The rotation that a key was part of last. */
  getRotation(apiKeyId: string): Promise<Rotation>
  finishRotation(apiKeyId: string): Promise<Rotation>
  abortRotation(apiKeyId: string): Promise<Rotation>
  /** Revokes a public key everywhere by the signature of its private key; needs no API key. */
  revokeByProof(request: RevocationRequest): Promise<RevocationResponse>
  /** Deletes a key; it stops working at once. */
  deleteKey(apiKeyId: string): Promise<void>
  /** The account and the key that sign. Needs the profile `http-message-signatures`. */
  whoAmI(): Promise<WhoAmI>
  /** Requests that a key signed, over time; counted up to a second ago. */
  getKeyUsage(apiKeyId: string, query?: UsageQuery): Promise<KeyUsage>
  /** Requests that the account's keys signed, over time. */
  getAccountUsage(query?: UsageQuery): Promise<AccountUsage>
  /** A page of what was changed of the account and its keys, newest first. */
  listAuditEvents(query?: AccountAuditQuery): Promise<AccountAuditEventPage>
  getLimits(): Promise<AccountLimits>
  getEndpointCosts(): Promise<EndpointCosts>
  getDeployment(): Promise<Deployment>
}

/** A client of the key-management API. */
export function createManagementClient(options: ManagementClientOptions): ManagementClient {
  const call = operationCaller(options)
  const ofKey = (apiKeyId: string) => ({ params: { api_key: apiKeyId } })

  return {
    listKeys: async () => {
      const answer = await call('listApiKeys')
      return (await readAnswer<{ api_keys: ApiKey[] }>(answer, { api_keys: Array.isArray })).api_keys
    },
    getKey: async (apiKeyId) => readAnswer<ApiKeyDetails>(await call('getApiKey', ofKey(apiKeyId)), KEY),
    generateKey: async (body, idempotencyKey) =>
      readAnswer<GenerateKeyResponse>(await call('generateApiKey', { body, idempotencyKey }), {
        api_key_id: isText,
        private_key: isText,
        key_type: isText,
      }),
    createKey: async (body, idempotencyKey) =>
      readAnswer<CreateKeyResponse>(await call('createApiKey', { body, idempotencyKey }), { api_key_id: isText }),
    listKeyDetails: async (query = {}) =>
      readAnswer<ApiKeyPage>(await call('listApiKeys', { query: { ...query, view: 'full' } }), PAGE_OF_KEYS),
    updateKey: async (apiKeyId, body) =>
      readAnswer<ApiKeyDetails>(await call('updateApiKey', { ...ofKey(apiKeyId), body }), KEY),
    disableKey: async (apiKeyId) => readAnswer<ApiKeyDetails>(await call('disableApiKey', ofKey(apiKeyId)), KEY),
    enableKey: async (apiKeyId) => readAnswer<ApiKeyDetails>(await call('enableApiKey', ofKey(apiKeyId)), KEY),
    revokeKey: async (apiKeyId, body) =>
      readAnswer<RevokeKeyResponse>(await call('revokeApiKey', { ...ofKey(apiKeyId), body }), {
        revoked: Array.isArray,
      }),
    rotateKey: async (apiKeyId, body, idempotencyKey) =>
      readAnswer<RotateKeyResponse>(await call('rotateApiKey', { ...ofKey(apiKeyId), body, idempotencyKey }), {
        api_key_id: isText,
        rotation_id: isText,
      }),
    getRotation: async (apiKeyId) => readAnswer<Rotation>(await call('getRotation', ofKey(apiKeyId)), ROTATION),
    finishRotation: async (apiKeyId) => readAnswer<Rotation>(await call('finishRotation', ofKey(apiKeyId)), ROTATION),
    abortRotation: async (apiKeyId) => readAnswer<Rotation>(await call('abortRotation', ofKey(apiKeyId)), ROTATION),
    revokeByProof: async (body) =>
      readAnswer<RevocationResponse>(await call('createRevocation', { body }), { status: isText }),
    deleteKey: async (apiKeyId) => {
      const response = await call('deleteApiKey', ofKey(apiKeyId))
      await response.body?.cancel()
    },
    whoAmI: async () =>
      readAnswer<WhoAmI>(await call('whoAmI'), { account_id: isText, api_key_id: isText, scopes: Array.isArray }),
    getKeyUsage: async (apiKeyId, query = {}) =>
      readAnswer<KeyUsage>(await call('getKeyUsage', { ...ofKey(apiKeyId), query }), USAGE),
    getAccountUsage: async (query = {}) => readAnswer<AccountUsage>(await call('getAccountUsage', { query }), USAGE),
    listAuditEvents: async (query = {}) =>
      readAnswer<AccountAuditEventPage>(await call('listAccountAuditEvents', { query }), { events: Array.isArray }),
    getLimits: async () =>
      readAnswer<AccountLimits>(await call('getAccountLimits'), {
        usage_tier: isText,
        read: isObject,
        write: isObject,
      }),
    getEndpointCosts: async () =>
      readAnswer<EndpointCosts>(await call('getEndpointCosts'), { endpoint_costs: Array.isArray }),
    getDeployment: async () => readAnswer<Deployment>(await call('getDeployment'), { deployment_id: isText }),
  }
}

const KEY = { api_key_id: isText, name: isText, state: isText, scopes: Array.isArray }
const USAGE = { step: isText, total: isObject, points: Array.isArray }
const PAGE_OF_KEYS = { api_keys: Array.isArray }
const ROTATION = { rotation_id: isText, state: isText, deadline: Number.isInteger }
