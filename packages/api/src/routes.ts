/** One call of the HTTP API: where it is, and what its caller's key must hold. Pure data, without schemas. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Which prefix comes before the path: the configured base path, or nothing. */
  readonly under: 'base-path' | 'root'
  /** Path parameters are written as in OpenAPI: `{api_key}`. */
  readonly path: string
  /**
   * The scope that the call needs; `any` signed request will do for `any`, and `public` needs no signature. `admin` is not enough
   * by itself: a GET needs `read` beside it, all else `write`. `gate` is for gates that read keys from here.
   */
  readonly scope: 'read' | 'write' | 'admin' | 'gate' | 'any' | 'public'
  /** The weakest signature profile that the call accepts; every profile where absent. */
  readonly minimumProfile?: 'http-message-signatures'
}

/** The base path of the default wire (contract.md); it is configuration. */
export const DEFAULT_BASE_PATH = '/trade-api/v2'

/** Calls beyond the contract are signed over query and body. */
const STRICT = { minimumProfile: 'http-message-signatures' } as const
const READ_KEY = { under: 'base-path', scope: 'read', ...STRICT } as const
const WRITE_KEY = { under: 'base-path', scope: 'write', ...STRICT } as const
const ADMIN = { under: 'root', scope: 'admin', ...STRICT } as const

/** Where changes of keys are streamed to gates that read keys from here (`text/event-stream`); below the root. */
export const KEY_CHANGES_PATH = '/gate/v1/changes'

/** Every call by its operation id: the one place where server and clients read methods and paths. */
export const ROUTES = {
  generateApiKey: { method: 'POST', under: 'base-path', path: '/api_keys/generate', scope: 'write' },
  createApiKey: { method: 'POST', under: 'base-path', path: '/api_keys', scope: 'write' },
  listApiKeys: { method: 'GET', under: 'base-path', path: '/api_keys', scope: 'read' },
  getApiKey: {
    method: 'GET',
    under: 'base-path',
    path: '/api_keys/{api_key}',
    scope: 'read',
    minimumProfile: 'http-message-signatures',
  },
  updateApiKey: { method: 'PATCH', path: '/api_keys/{api_key}', ...WRITE_KEY },
  disableApiKey: { method: 'POST', path: '/api_keys/{api_key}/disable', ...WRITE_KEY },
  enableApiKey: { method: 'POST', path: '/api_keys/{api_key}/enable', ...WRITE_KEY },
  revokeApiKey: { method: 'POST', path: '/api_keys/{api_key}/revoke', ...WRITE_KEY },
  rotateApiKey: { method: 'POST', path: '/api_keys/{api_key}/rotate', ...WRITE_KEY },
  getRotation: { method: 'GET', path: '/api_keys/{api_key}/rotation', ...READ_KEY },
  finishRotation: { method: 'POST', path: '/api_keys/{api_key}/rotation/finish', ...WRITE_KEY },
  abortRotation: { method: 'POST', path: '/api_keys/{api_key}/rotation/abort', ...WRITE_KEY },
  deleteApiKey: { method: 'DELETE', under: 'base-path', path: '/api_keys/{api_key}', scope: 'write' },
  listRefusals: { method: 'GET', path: '/api_keys/{api_key}/refusals', ...READ_KEY },
  whoAmI: {
    method: 'GET',
    under: 'base-path',
    path: '/whoami',
    scope: 'any',
    minimumProfile: 'http-message-signatures',
  },
  createRevocation: { method: 'POST', under: 'base-path', path: '/revocations', scope: 'public' },
  getAccountLimits: { method: 'GET', under: 'base-path', path: '/account/limits', scope: 'read' },
  getEndpointCosts: { method: 'GET', under: 'base-path', path: '/account/endpoint_costs', scope: 'public' },
  getGateKey: {
    method: 'GET',
    under: 'root',
    path: '/gate/v1/keys/{api_key}',
    scope: 'gate',
    minimumProfile: 'http-message-signatures',
  },
  countDecisions: {
    method: 'POST',
    under: 'root',
    path: '/gate/v1/decisions',
    scope: 'gate',
    minimumProfile: 'http-message-signatures',
  },
  getKeyUsage: { method: 'GET', path: '/api_keys/{api_key}/usage', ...READ_KEY },
  getAccountUsage: { method: 'GET', path: '/account/usage', ...READ_KEY },
  listAccountAuditEvents: { method: 'GET', path: '/account/audit_events', ...READ_KEY },
  previewLink: { method: 'POST', under: 'base-path', path: '/links/preview', scope: 'public' },
  startSession: { method: 'POST', under: 'base-path', path: '/sessions', scope: 'public' },
  listSessions: {
    method: 'GET',
    under: 'base-path',
    path: '/sessions',
    scope: 'read',
    minimumProfile: 'http-message-signatures',
  },
  endSession: {
    method: 'DELETE',
    under: 'base-path',
    path: '/sessions/{session}',
    scope: 'any',
    minimumProfile: 'http-message-signatures',
  },
  endOtherSessions: {
    method: 'DELETE',
    under: 'base-path',
    path: '/sessions',
    scope: 'write',
    minimumProfile: 'http-message-signatures',
  },
  createLink: { method: 'POST', path: '/admin/v1/links', ...ADMIN },
  listAccountSessions: { method: 'GET', path: '/admin/v1/accounts/{account}/sessions', ...ADMIN },
  endAccountSession: { method: 'DELETE', path: '/admin/v1/accounts/{account}/sessions/{session}', ...ADMIN },
  getDeployment: { method: 'GET', under: 'base-path', path: '/deployment', scope: 'public' },
  createAccount: { method: 'POST', path: '/admin/v1/accounts', ...ADMIN },
  listAccounts: { method: 'GET', path: '/admin/v1/accounts', ...ADMIN },
  getAccount: { method: 'GET', path: '/admin/v1/accounts/{account}', ...ADMIN },
  updateAccount: { method: 'PATCH', path: '/admin/v1/accounts/{account}', ...ADMIN },
  suspendAccount: { method: 'POST', path: '/admin/v1/accounts/{account}/suspend', ...ADMIN },
  unsuspendAccount: { method: 'POST', path: '/admin/v1/accounts/{account}/unsuspend', ...ADMIN },
  createAccountKey: { method: 'POST', path: '/admin/v1/accounts/{account}/api_keys', ...ADMIN },
  generateAccountKey: { method: 'POST', path: '/admin/v1/accounts/{account}/api_keys/generate', ...ADMIN },
  listAllApiKeys: { method: 'GET', path: '/admin/v1/api_keys', ...ADMIN },
  getAnyApiKey: { method: 'GET', path: '/admin/v1/api_keys/{api_key}', ...ADMIN },
  updateAnyApiKey: { method: 'PATCH', path: '/admin/v1/api_keys/{api_key}', ...ADMIN },
  disableAnyApiKey: { method: 'POST', path: '/admin/v1/api_keys/{api_key}/disable', ...ADMIN },
  enableAnyApiKey: { method: 'POST', path: '/admin/v1/api_keys/{api_key}/enable', ...ADMIN },
  revokeAnyApiKey: { method: 'POST', path: '/admin/v1/api_keys/{api_key}/revoke', ...ADMIN },
  deleteAnyApiKey: { method: 'DELETE', path: '/admin/v1/api_keys/{api_key}', ...ADMIN },
  getAnyRotation: { method: 'GET', path: '/admin/v1/api_keys/{api_key}/rotation', ...ADMIN },
  finishAnyRotation: { method: 'POST', path: '/admin/v1/api_keys/{api_key}/rotation/finish', ...ADMIN },
  abortAnyRotation: { method: 'POST', path: '/admin/v1/api_keys/{api_key}/rotation/abort', ...ADMIN },
  listAnyRefusals: { method: 'GET', path: '/admin/v1/api_keys/{api_key}/refusals', ...ADMIN },
  listClaimedRefusals: { method: 'GET', path: '/admin/v1/refusals', ...ADMIN },
  getDeploymentUsage: { method: 'GET', path: '/admin/v1/usage', ...ADMIN },
  listAuditEvents: { method: 'GET', path: '/admin/v1/audit_events', ...ADMIN },
  getRules: { method: 'GET', path: '/admin/v1/rules', ...ADMIN },
  explainRule: { method: 'GET', path: '/admin/v1/rules/explain', ...ADMIN },
  getHealth: { method: 'GET', under: 'root', path: '/healthz', scope: 'public' },
  getReadiness: { method: 'GET', under: 'root', path: '/readyz', scope: 'public' },
} as const satisfies Readonly<Record<string, Route>>

/** The operation id of a call. */
export type OperationId = keyof typeof ROUTES
