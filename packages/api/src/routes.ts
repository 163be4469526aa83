/** One call of the HTTP API: where it is, and what its caller's key must hold. Pure data, without schemas. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Which prefix comes before the path: the configured base path, or nothing. */
  readonly under: 'base-path' | 'root'
  /** Path parameters are written as in OpenAPI: `{api_key}`. */
  readonly path: string
  /** The scope that the call needs; `any` signed request will do for `any`, and `public` needs no signature. */
  readonly scope: 'read' | 'write' | 'any' | 'public'
  /** The weakest signature profile that the call accepts; every profile where absent. */
  readonly minimumProfile?: 'http-message-signatures'
}

/** The base path of the default wire (contract.md); it is configuration. */
export const DEFAULT_BASE_PATH = '/trade-api/v2'

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
  deleteApiKey: { method: 'DELETE', under: 'base-path', path: '/api_keys/{api_key}', scope: 'write' },
  whoAmI: {
    method: 'GET',
    under: 'base-path',
    path: '/whoami',
    scope: 'any',
    minimumProfile: 'http-message-signatures',
  },
  getAccountLimits: { method: 'GET', under: 'base-path', path: '/account/limits', scope: 'read' },
  getEndpointCosts: { method: 'GET', under: 'base-path', path: '/account/endpoint_costs', scope: 'public' },
  getDeployment: { method: 'GET', under: 'base-path', path: '/deployment', scope: 'public' },
  getHealth: { method: 'GET', under: 'root', path: '/healthz', scope: 'public' },
  getReadiness: { method: 'GET', under: 'root', path: '/readyz', scope: 'public' },
} as const satisfies Readonly<Record<string, Route>>

/** The operation id of a call. */
export type OperationId = keyof typeof ROUTES
