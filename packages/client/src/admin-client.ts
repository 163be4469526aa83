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
import * as calls from '@countersign/api/calls'
import { type CallOptions, createCallApi } from './call.ts'

/**
 * The operators' calls on accounts, and on the keys of all accounts. Each call needs a key with `admin` and
 * http-message-signatures. It rejects with `ApiError` if the server refuses.
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
  /** Makes a key pair on the server. The private key is in this answer and nowhere else. */
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
  /** The last rotation of a key. */
  getRotation(apiKeyId: string): Promise<Rotation>
  finishRotation(apiKeyId: string): Promise<Rotation>
  abortRotation(apiKeyId: string): Promise<Rotation>
  /** Decisions over time: all, or those of one account or key. They are complete up to a second ago. */
  getUsage(query?: DeploymentUsageQuery): Promise<DeploymentUsage>
  /** A page of the audit log, and whether it is whole. */
  listAuditEvents(query?: AuditQuery): Promise<AuditEventPage>
}

/** A client of the operators' API. */
export function createAdminClient(options: CallOptions): AdminClient {
  const call = createCallApi(options)
  const ofAccount = (accountId: string) => ({ params: { account: accountId } })
  const ofKey = (apiKeyId: string) => ({ params: { api_key: apiKeyId } })

  return {
    createAccount: (body) => call(calls.createAccount, { body }),
    listAccounts: (query) => call(calls.listAccounts, { query }),
    getAccount: (accountId) => call(calls.getAccount, ofAccount(accountId)),
    updateAccount: (accountId, body) => call(calls.updateAccount, { ...ofAccount(accountId), body }),
    suspendAccount: (accountId, body = {}) => call(calls.suspendAccount, { ...ofAccount(accountId), body }),
    unsuspendAccount: (accountId) => call(calls.unsuspendAccount, ofAccount(accountId)),
    createKey: (accountId, body, idempotencyKey) =>
      call(calls.createAccountKey, { ...ofAccount(accountId), body, idempotencyKey }),
    generateKey: (accountId, body, idempotencyKey) =>
      call(calls.generateAccountKey, { ...ofAccount(accountId), body, idempotencyKey }),
    listKeys: (query) => call(calls.listAllApiKeys, { query }),
    getKey: (apiKeyId) => call(calls.getAnyApiKey, ofKey(apiKeyId)),
    updateKey: (apiKeyId, body) => call(calls.updateAnyApiKey, { ...ofKey(apiKeyId), body }),
    disableKey: (apiKeyId) => call(calls.disableAnyApiKey, ofKey(apiKeyId)),
    enableKey: (apiKeyId) => call(calls.enableAnyApiKey, ofKey(apiKeyId)),
    revokeKey: (apiKeyId, body) => call(calls.revokeAnyApiKey, { ...ofKey(apiKeyId), body }),
    deleteKey: (apiKeyId) => call(calls.deleteAnyApiKey, ofKey(apiKeyId)),
    getRotation: (apiKeyId) => call(calls.getAnyRotation, ofKey(apiKeyId)),
    finishRotation: (apiKeyId) => call(calls.finishAnyRotation, ofKey(apiKeyId)),
    abortRotation: (apiKeyId) => call(calls.abortAnyRotation, ofKey(apiKeyId)),
    getUsage: (query) => call(calls.getDeploymentUsage, { query }),
    listAuditEvents: (query) => call(calls.listAuditEvents, { query }),
  }
}
