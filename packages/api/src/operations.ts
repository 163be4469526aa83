import { AccountLimits, EndpointCost, EndpointCosts, TokenBucket } from './account.ts'
import {
  ApiKey,
  ApiKeyDetails,
  ApiKeyParams,
  CreateKeyRequest,
  CreateKeyResponse,
  GenerateKeyRequest,
  GenerateKeyResponse,
  ListKeysQuery,
  ListKeysResponse,
} from './api-keys.ts'
import { Deployment } from './deployment.ts'
import {
  BadRequestResponse,
  ErrorResponse,
  FlatErrorResponse,
  LimitedResponse,
  TooManyRequestsResponse,
} from './errors.ts'
import { Health } from './health.ts'
import type { OperationId } from './routes.ts'
import type { NamedSchema } from './schema.ts'
import { WhoAmI } from './whoami.ts'

/** One call of the API as documents describe it; its method, path and scope are in `ROUTES`, under the same id. */
export interface Operation {
  readonly summary: string
  readonly tag: 'API keys' | 'Account' | 'Deployment'
  readonly params?: NamedSchema
  readonly query?: NamedSchema
  readonly body?: NamedSchema
  /** What each status answers with; `null` is an empty body. */
  readonly responses: Readonly<Record<number, { readonly description: string; readonly schema: NamedSchema | null }>>
}

const REFUSED = {
  400: { description: 'The request was refused as it is.', schema: BadRequestResponse },
  401: { description: 'The signature was refused.', schema: ErrorResponse },
  403: { description: 'The key may not do this.', schema: ErrorResponse },
  429: { description: 'Too many requests.', schema: LimitedResponse },
  500: { description: 'A fault of the server.', schema: ErrorResponse },
  503: { description: 'The server cannot answer now; try again later.', schema: ErrorResponse },
}

const REFUSED_BODY = {
  ...REFUSED,
  413: { description: 'The body is larger than 64 KiB.', schema: ErrorResponse },
}

const REFUSED_PUBLIC = { 429: REFUSED[429], 500: REFUSED[500], 503: REFUSED[503] }

/** What every call takes and answers. */
export const OPERATIONS = {
  generateApiKey: {
    summary: 'Make a key pair; the private key is in the answer and nowhere else',
    tag: 'API keys',
    body: GenerateKeyRequest,
    responses: { 201: { description: 'The new key.', schema: GenerateKeyResponse }, ...REFUSED_BODY },
  },
  createApiKey: {
    summary: 'Register your own public key',
    tag: 'API keys',
    body: CreateKeyRequest,
    responses: {
      201: { description: 'The registered key.', schema: CreateKeyResponse },
      409: { description: 'This public key is already registered in this account.', schema: ErrorResponse },
      ...REFUSED_BODY,
    },
  },
  listApiKeys: {
    summary: "List the account's keys",
    tag: 'API keys',
    query: ListKeysQuery,
    responses: { 200: { description: 'The keys.', schema: ListKeysResponse }, ...REFUSED },
  },
  getApiKey: {
    summary: 'All that is known of one key',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: {
      200: { description: 'The key.', schema: ApiKeyDetails },
      404: { description: 'The account has no such key.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  deleteApiKey: {
    summary: 'Delete a key; it stops working at once',
    tag: 'API keys',
    params: ApiKeyParams,
    responses: {
      204: { description: 'The key is deleted.', schema: null },
      404: { description: 'The account has no such key.', schema: ErrorResponse },
      ...REFUSED,
    },
  },
  whoAmI: {
    summary: 'Who signed this request, and what the key may do',
    tag: 'API keys',
    responses: { 200: { description: 'The account and the key.', schema: WhoAmI }, ...REFUSED },
  },
  getAccountLimits: {
    summary: "The account's usage tier and its token buckets",
    tag: 'Account',
    responses: { 200: { description: 'The limits.', schema: AccountLimits }, ...REFUSED },
  },
  getEndpointCosts: {
    summary: 'What requests cost in tokens',
    tag: 'Account',
    responses: { 200: { description: 'The costs.', schema: EndpointCosts }, ...REFUSED_PUBLIC },
  },
  getDeployment: {
    summary: 'The deployment id and the clock of the server',
    tag: 'Deployment',
    responses: { 200: { description: 'The deployment.', schema: Deployment }, ...REFUSED_PUBLIC },
  },
  getHealth: {
    summary: 'Whether the process is up',
    tag: 'Deployment',
    responses: { 200: { description: 'It is up.', schema: Health } },
  },
  getReadiness: {
    summary: 'Whether the server can do its work, its database included',
    tag: 'Deployment',
    responses: { 200: { description: 'It can.', schema: Health }, 503: REFUSED[503] },
  },
} as const satisfies Readonly<Record<OperationId, Operation>>

/** All named schemas, those that others refer to first: what a validator must know to resolve the references. */
export const SCHEMAS: readonly NamedSchema[] = [
  ErrorResponse,
  FlatErrorResponse,
  TooManyRequestsResponse,
  BadRequestResponse,
  LimitedResponse,
  ApiKey,
  ApiKeyDetails,
  WhoAmI,
  ApiKeyParams,
  ListKeysQuery,
  ListKeysResponse,
  GenerateKeyRequest,
  GenerateKeyResponse,
  CreateKeyRequest,
  CreateKeyResponse,
  TokenBucket,
  AccountLimits,
  EndpointCost,
  EndpointCosts,
  Deployment,
  Health,
]
