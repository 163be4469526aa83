import { DEFAULT_BASE_PATH, type OperationId, ROUTES } from '@countersign/api/routes'
import { errorOf, unexpectedAnswer } from './api-error.ts'
import { readText } from './read-text.ts'

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

/** What goes out with a call beside its method and place. */
export interface CallParts {
  /** Sent as JSON. */
  readonly body?: object
  /** Values of the path's placeholders, by name. */
  readonly params?: Readonly<Record<string, string>>
  /** What of it is `undefined` is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Lets the call be sent again: what it made is not made twice. */
  readonly idempotencyKey?: string | undefined
}

/** Sends calls of the API by their operation ids; rejects with `ApiError` where the server refuses. */
export function operationCaller(
  options: ManagementClientOptions,
): (operation: OperationId, parts?: CallParts) => Promise<Response> {
  const { basePath = DEFAULT_BASE_PATH, fetch, now = Date.now } = options
  const origin = options.url.replace(/\/+$/, '')
  return async (operation, { body, params = {}, query = {}, idempotencyKey } = {}) => {
    const { method, path, under } = ROUTES[operation]
    const place = path.replace(/\{(\w+)\}/g, (_, name: string) => checkId(params[name]))
    const response = await fetch(origin + (under === 'root' ? '' : basePath) + place + searchOf(query), {
      method,
      headers: {
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw await errorOf(response, now())
    return response
  }
}

function searchOf(query: NonNullable<CallParts['query']>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size > 0 ? `?${search}` : ''
}

/** So that no id becomes another path. */
function checkId(id: string | undefined): string {
  if (id !== undefined && /^[A-Za-z0-9_-]+$/.test(id)) return id
  throw new TypeError('an API key id has letters, digits and hyphens only')
}

/** The answer as JSON, once the fields that callers cannot do without are there: a proxy's page is no answer. */
export async function readAnswer<Answer>(
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

/** Whether a value is a text. */
export function isText(value: unknown): boolean {
  return typeof value === 'string'
}

/** Whether a value is an object and no array. */
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
