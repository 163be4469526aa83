import type {
  AccountLimits,
  ApiKey,
  ApiKeyDetails,
  CreateKeyRequest,
  CreateKeyResponse,
  Deployment,
  EndpointCosts,
  GenerateKeyRequest,
  GenerateKeyResponse,
  WhoAmI,
} from '@countersign/api'
import { DEFAULT_BASE_PATH, type OperationId, ROUTES } from '@countersign/api/routes'
import { errorOf, unexpectedAnswer } from './api-error.ts'
import { readText } from './read-text.ts'

/** The calls that manage an account's keys. Each rejects with `ApiError` where the server refuses. */
export interface ManagementClient {
  listKeys(): Promise<ApiKey[]>
  /** All that is known of one key. Needs the profile `http-message-signatures`. */
  getKey(apiKeyId: string): Promise<ApiKeyDetails>
  /** Makes a key pair on the server; the private key is in this answer and nowhere else. */
  generateKey(request: GenerateKeyRequest): Promise<GenerateKeyResponse>
  /** Registers the caller's own public key. */
  createKey(request: CreateKeyRequest): Promise<CreateKeyResponse>
  /** Deletes a key; it stops working at once. */
  deleteKey(apiKeyId: string): Promise<void>
  /** The account and the key that sign. Needs the profile `http-message-signatures`. */
  whoAmI(): Promise<WhoAmI>
  getLimits(): Promise<AccountLimits>
  getEndpointCosts(): Promise<EndpointCosts>
  getDeployment(): Promise<Deployment>
}

/** Where the server is, and what sends. */
export interface ManagementClientOptions {
  /** The server's URL, without the base path. */
  readonly url: string
  /** `/trade-api/v2` by default. */
  readonly basePath?: string
  /** Usually of `createSignedFetch`; the public calls work without a signature. */
  readonly fetch: typeof globalThis.fetch
  /** Unix milliseconds, for a Retry-After that is a date; the machine's clock by default. */
  readonly now?: () => number
}

/** Bytes of an answer that are read: room for tens of thousands of keys. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** A client of the key-management API. */
export function createManagementClient(options: ManagementClientOptions): ManagementClient {
  const { basePath = DEFAULT_BASE_PATH, fetch, now = Date.now } = options
  const origin = options.url.replace(/\/+$/, '')

  async function call(operation: OperationId, { body, apiKeyId }: { body?: object; apiKeyId?: string } = {}) {
    const { method, path, under } = ROUTES[operation]
    const place = apiKeyId === undefined ? path : path.replace('{api_key}', checkKeyId(apiKeyId))
    const response = await fetch(origin + (under === 'root' ? '' : basePath) + place, {
      method,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw await errorOf(response, now())
    return response
  }

  return {
    listKeys: async () => {
      const answer = await call('listApiKeys')
      return (await readAnswer<{ api_keys: ApiKey[] }>(answer, { api_keys: Array.isArray })).api_keys
    },
    getKey: async (apiKeyId) =>
      readAnswer<ApiKeyDetails>(await call('getApiKey', { apiKeyId }), {
        api_key_id: isText,
        name: isText,
        state: isText,
        scopes: Array.isArray,
      }),
    generateKey: async (body) =>
      readAnswer<GenerateKeyResponse>(await call('generateApiKey', { body }), {
        api_key_id: isText,
        private_key: isText,
        key_type: isText,
      }),
    createKey: async (body) =>
      readAnswer<CreateKeyResponse>(await call('createApiKey', { body }), { api_key_id: isText }),
    deleteKey: async (apiKeyId) => {
      const response = await call('deleteApiKey', { apiKeyId })
      await response.body?.cancel()
    },
    whoAmI: async () =>
      readAnswer<WhoAmI>(await call('whoAmI'), { account_id: isText, api_key_id: isText, scopes: Array.isArray }),
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

/** So that no id becomes another path. */
function checkKeyId(apiKeyId: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(apiKeyId)) return apiKeyId
  throw new TypeError('an API key id has letters, digits and hyphens only')
}

/** The answer as JSON, once the fields that callers cannot do without are there: a proxy's page is no answer. */
async function readAnswer<Answer>(
  response: Response,
  fields: Partial<Record<keyof Answer, (value: unknown) => boolean>>,
): Promise<Answer> {
  const text = await readText(response, MAX_ANSWER_BYTES)
  if (text === undefined) throw unexpectedAnswer(response, `is larger than ${MAX_ANSWER_BYTES} bytes`)
  const answer = parseObject(text)
  if (!answer) throw unexpectedAnswer(response, 'is no JSON object: is this the URL of the server?')
  for (const [name, fits] of Object.entries<unknown>(fields)) {
    if (typeof fits === 'function' && !fits(answer[name])) {
      throw unexpectedAnswer(response, `has no fitting "${name}": is this the URL of the server?`)
    }
  }
  return answer as Answer
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
