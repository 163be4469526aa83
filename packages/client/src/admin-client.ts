import type {
  Account,
  AccountPage,
  ApiKeyDetails,
  ApiKeyPage,
  AuditEventPage,
  AuditQuery,
  CreateAccountRequest,
  CreateKeyRequest,
  CreateKeyResponse,
  DeploymentUsage,
  DeploymentUsageQuery,
  GenerateKeyRequest,
  GenerateKeyResponse,
  ListAccountsQuery,
  ListAllKeysQuery,
  RevokeKeyRequest,
  RevokeKeyResponse,
  Rotation,
  SuspendAccountRequest,
  UpdateAccountRequest,
  UpdateKeyRequest,
} from '@countersign/api'
import { isObject, isText, type ManagementClientOptions, operationCaller, readAnswer } from './call-operation.ts'

/**
 * What operators do with accounts and with the keys of all of them. Each call needs a key with `admin` and http-message-signatures,
 * and rejects with `ApiError` where the server refuses.
 */
export interface AdminClient {
  createAccount(request: CreateAccountRequest): Promise<Account>
  listAccounts(query?: ListAccountsQuery): Promise<AccountPage>
  getAccount(accountId: string): Promise<Account>
  updateAccount(accountId: string, request: UpdateAccountRequest): Promise<Account>
  /** Refuses all keys of the account until `unsuspendAccount`. */
  suspendAccount(accountId: string, request?: SuspendAccountRequest): Promise<Account>
  unsuspendAccount(accountId: string): Promise<Account>
  createKey(accountId: string, request: CreateKeyRequest, idempotencyKey?: string): Promise<CreateKeyResponse>
  /** Makes a key pair on the server; the private key is in this answer and nowhere else. */
  generateKey(accountId: string, request: GenerateKeyRequest, idempotencyKey?: string): Promise<GenerateKeyResponse>
  /** A page of the keys of all accounts. */
  listKeys(query?: ListAllKeysQuery): Promise<ApiKeyPage>
  getKey(apiKeyId: string): Promise<ApiKeyDetails>
  updateKey(apiKeyId: string, request: UpdateKeyRequest): Promise<ApiKeyDetails>
  /** Only an operator enables it again. */
  disableKey(apiKeyId: string): Promise<ApiKeyDetails>
  enableKey(apiKeyId: string): Promise<ApiKeyDetails>
  revokeKey(apiKeyId: string, request: RevokeKeyRequest): Promise<RevokeKeyResponse>
  deleteKey(apiKeyId: string): Promise<void>
  /** The rotation that a key was part of last. */
  getRotation(apiKeyId: string): Promise<Rotation>
  finishRotation(apiKeyId: string): Promise<Rotation>
  abortRotation(apiKeyId: string): Promise<Rotation>
  /** Decisions over time: all of them, or those of one account or key; counted up to a second ago. */
  getUsage(query?: DeploymentUsageQuery): Promise<DeploymentUsage>
  /** A page of the audit log, and whether it is whole. */
  listAuditEvents(query?: AuditQuery): Promise<AuditEventPage>
}

/** A client of the operators' API. */
export function createAdminClient(options: ManagementClientOptions): AdminClient {
  const call = operationCaller(options)
  const ofAccount = (accountId: string) => ({ params: { account: accountId } })
  const ofKey = (apiKeyId: string) => ({ params: { api_key: apiKeyId } })
  const account = async (response: Promise<Response>) =>
    readAnswer<Account>(await response, { account_id: isText, name: isText, state: isText })
  const key = async (response: Promise<Response>) =>
    readAnswer<ApiKeyDetails>(await response, {
      api_key_id: isText,
      name: isText,
      state: isText,
      scopes: Array.isArray,
    })
  const rotation = async (response: Promise<Response>) =>
    readAnswer<Rotation>(await response, { rotation_id: isText, state: isText })

  return {
    createAccount: (body) => account(call('createAccount', { body })),
    listAccounts: async (query = {}) =>
      readAnswer<AccountPage>(await call('listAccounts', { query }), { accounts: Array.isArray }),
    getAccount: (accountId) => account(call('getAccount', ofAccount(accountId))),
    updateAccount: (accountId, body) => account(call('updateAccount', { ...ofAccount(accountId), body })),
    suspendAccount: (accountId, body = {}) => account(call('suspendAccount', { ...ofAccount(accountId), body })),
    unsuspendAccount: (accountId) => account(call('unsuspendAccount', ofAccount(accountId))),
    createKey: async (accountId, body, idempotencyKey) =>
      readAnswer<CreateKeyResponse>(await call('createAccountKey', { ...ofAccount(accountId), body, idempotencyKey }), {
        api_key_id: isText,
      }),
    generateKey: async (accountId, body, idempotencyKey) =>
      readAnswer<GenerateKeyResponse>(
        await call('generateAccountKey', { ...ofAccount(accountId), body, idempotencyKey }),
        { api_key_id: isText, private_key: isText, key_type: isText },
      ),
    listKeys: async (query = {}) =>
      readAnswer<ApiKeyPage>(await call('listAllApiKeys', { query }), { api_keys: Array.isArray }),
    getKey: (apiKeyId) => key(call('getAnyApiKey', ofKey(apiKeyId))),
    updateKey: (apiKeyId, body) => key(call('updateAnyApiKey', { ...ofKey(apiKeyId), body })),
    disableKey: (apiKeyId) => key(call('disableAnyApiKey', ofKey(apiKeyId))),
    enableKey: (apiKeyId) => key(call('enableAnyApiKey', ofKey(apiKeyId))),
    revokeKey: async (apiKeyId, body) =>
      readAnswer<RevokeKeyResponse>(await call('revokeAnyApiKey', { ...ofKey(apiKeyId), body }), {
        revoked: Array.isArray,
      }),
    deleteKey: async (apiKeyId) => {
      const response = await call('deleteAnyApiKey', ofKey(apiKeyId))
      await response.body?.cancel()
    },
    getRotation: (apiKeyId) => rotation(call('getAnyRotation', ofKey(apiKeyId))),
    finishRotation: (apiKeyId) => rotation(call('finishAnyRotation', ofKey(apiKeyId))),
    abortRotation: (apiKeyId) => rotation(call('abortAnyRotation', ofKey(apiKeyId))),
    getUsage: async (query = {}) =>
      readAnswer<DeploymentUsage>(await call('getDeploymentUsage', { query }), {
        step: isText,
        total: isObject,
        points: Array.isArray,
      }),
    listAuditEvents: async (query = {}) =>
      readAnswer<AuditEventPage>(await call('listAuditEvents', { query }), {
        deployment_id: isText,
        events: Array.isArray,
        chain: isObject,
      }),
  }
}
