import { type AnswerOf, type Call, type FieldKind, type PartOf, successOf } from '@countersign/api/call'
import { DEFAULT_BASE_PATH } from '@countersign/api/paths'
import { errorOf, unexpectedAnswer } from './api-error.ts'
import { readText } from './read-text.ts'

/** The server, and the function that sends. */
export interface CallOptions {
  /** The server's URL, without the base path. */
  readonly url: string
  /** `/trade-api/v2` by default. */
  readonly basePath?: string
  /** Usually from `createSignedFetch`. The public calls work without a signature. */
  readonly fetch: typeof globalThis.fetch
  /** Unix milliseconds, for a Retry-After that is a date; the machine's clock by default. */
  readonly now?: () => number
}

/** The parts of a call beside its method and path: those that its definition names, and no others. */
export type CallParts<C extends Call> = PartNamed<'params', PartOf<C, 'params'>> &
  PartNamed<'query', QueryOf<PartOf<C, 'query'>>> &
  PartNamed<'body', PartOf<C, 'body'>> & {
    /** Makes a call safe to repeat: what it made is not made twice. */
    readonly idempotencyKey?: C['repeatable'] extends true ? string : undefined
  }

type PartNamed<Name extends string, Part> = [Part] extends [undefined]
  ? { readonly [N in Name]?: undefined }
  : Name extends 'query'
    ? object extends Part
      ? { readonly [N in Name]?: Part }
      : { readonly [N in Name]: Part }
    : { readonly [N in Name]: Part }

/** Numbers are written as text. `undefined` values are left out. */
type QueryOf<Query> = Query extends object ? { readonly [Name in keyof Query]: Query[Name] | number } : undefined

/** The parts are optional if none is required. */
type PartsArgument<C extends Call> = object extends CallParts<C> ? [parts?: CallParts<C>] : [parts: CallParts<C>]

/**
 * Makes one call of the API, by its definition in `@countersign/api/calls`. Rejects with `ApiError` if the server
 * refuses.
 */
export type CallApi = <C extends Call>(call: C, ...parts: PartsArgument<C>) => Promise<AnswerOf<C>>

/** An id that cannot be part of a path. */
export class UnusableIdError extends TypeError {
  override readonly name = 'UnusableIdError'
}

/** The most bytes of an answer that are read: room for tens of thousands of keys. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Makes calls to the API of one server. */
export function createCallApi({ url, basePath = DEFAULT_BASE_PATH, fetch, now = Date.now }: CallOptions): CallApi {
  const origin = url.replace(/\/+$/, '')
  return async <C extends Call>(call: C, ...[parts]: PartsArgument<C>) => {
    const { params = {}, query = {}, body, idempotencyKey }: SentParts = parts ?? {}
    const headers: Record<string, string> = { accept: 'application/json' }
    if (body) headers['content-type'] = 'application/json'
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
    const path = call.path.replace(/\{(\w+)\}/g, (_, name: string) => checkId(params[name]))
    const response = await fetch(origin + (call.under === 'root' ? '' : basePath) + path + searchOf(query), {
      method: call.method,
      headers,
      body: body && JSON.stringify(body),
    })
    if (!response.ok) throw await errorOf(response, now())
    return (await readAnswer(call, response)) as AnswerOf<C>
  }
}

/** The parts of any call. */
interface SentParts {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: object
  readonly idempotencyKey?: string
}

function searchOf(query: NonNullable<SentParts['query']>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size > 0 ? `?${search}` : ''
}

/** Checks that an id does not change the path. */
function checkId(id: string | undefined): string {
  if (id !== undefined && /^[A-Za-z0-9_-]+$/.test(id)) return id
  throw new UnusableIdError('an API key id has letters, digits and hyphens only')
}

/** The answer as JSON, if it has the fields that the definition names. A proxy's page is refused. */
async function readAnswer(call: Call, response: Response): Promise<object | undefined> {
  const { schema, fields = {} } = successOf(call)
  if (schema === null) {
    await response.body?.cancel()
    return undefined
  }
  const text = await readText(response, MAX_ANSWER_BYTES)
  if (text === undefined) throw unexpectedAnswer(response, `is larger than ${MAX_ANSWER_BYTES} bytes`)
  const value = parseObject(text)
  if (!value) throw unexpectedAnswer(response, 'is no JSON object: is this the URL of the server?')
  for (const [name, kind] of Object.entries(fields)) {
    if (!FITS[kind](value[name])) {
      throw unexpectedAnswer(response, `has no fitting "${name}": is this the URL of the server?`)
    }
  }
  return value
}

const FITS: Readonly<Record<FieldKind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  list: Array.isArray,
  object: isObject,
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
