import { MAX_REFUSAL_BYTES, readText } from './read-text.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** A call that the server refused, or whose answer was not one of the API. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status. */
  readonly status: number
  /** The refusal's code, or `unexpected_answer` if the answer was not one of the API. */
  readonly code: string
  readonly details?: string
  /** The id of the request in the server's log. */
  readonly requestId?: string
  /** Seconds to wait before another attempt. */
  readonly retryAfterSeconds?: number
  /** Why the signature failed, if the server says so. */
  readonly diagnosis?: Diagnosis

  constructor(facts: ApiErrorFacts) {
    super(facts.message)
    this.status = facts.status
    this.code = facts.code
    if (facts.details !== undefined) this.details = facts.details
    if (facts.requestId !== undefined) this.requestId = facts.requestId
    if (facts.retryAfterSeconds !== undefined) this.retryAfterSeconds = facts.retryAfterSeconds
    if (facts.diagnosis !== undefined) this.diagnosis = facts.diagnosis
  }
}

/** The fields of an `ApiError`. */
export interface ApiErrorFacts {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly details?: string | undefined
  readonly requestId?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly diagnosis?: Diagnosis | undefined
}

/** What was wrong with a signature, and what to do about it. */
export interface Diagnosis {
  readonly cause: string
  readonly hint: string
}

/** The code of an answer that is not the API's, but a proxy's or another server's. */
export const UNEXPECTED_ANSWER = 'unexpected_answer'

/** The most characters of each text that are kept. */
const MAX_TEXT_LENGTH = 1000

/** The error for a refusal: nested, flat, bare (docs/wire.md section 3), or anything else. Reads the body. */
export async function errorOf(response: Response, now: number): Promise<ApiError> {
  const body = parseJson(await readText(response, MAX_REFUSAL_BYTES))
  const words = wordsOf(body, response.status) ?? unexpected(response)
  return new ApiError({
    status: response.status,
    requestId: words.requestId ?? response.headers.get('x-request-id') ?? undefined,
    retryAfterSeconds: retryAfterSeconds(response.headers.get('retry-after'), now),
    diagnosis: diagnosisOf(body),
    code: words.code,
    message: words.message,
    details: words.details,
  })
}

/** The error for an answer with a good status that is not an answer of the API. */
export function unexpectedAnswer(response: Response, why: string): ApiError {
  return new ApiError({ status: response.status, code: UNEXPECTED_ANSWER, message: `${kindOf(response)} ${why}` })
}

interface Words {
  readonly code: string
  readonly message: string
  readonly details?: string | undefined
  readonly requestId?: string | undefined
}

function wordsOf(body: unknown, status: number): Words | undefined {
  if (!isRecord(body)) return undefined
  const { error } = body
  if (typeof error === 'string' && status === 429) return { code: 'too_many_requests', message: cut(error) }
  const { code, message, details, request_id: requestId } = isRecord(error) ? error : body
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return {
    code: cut(code),
    message: cut(message),
    details: details === undefined || details === null ? undefined : cut(textOf(details)),
    requestId: typeof requestId === 'string' ? cut(requestId) : undefined,
  }
}

function unexpected(response: Response): Words {
  return { code: UNEXPECTED_ANSWER, message: `${kindOf(response)} is no answer of this API` }
}

function kindOf({ status, headers }: Response): string {
  return `an answer with status ${status} and content type ${cut(headers.get('content-type') ?? 'none')}`
}

function diagnosisOf(body: unknown): Diagnosis | undefined {
  if (!isRecord(body) || !isRecord(body.diagnosis)) return undefined
  const { cause, hint } = body.diagnosis
  return typeof cause === 'string' && typeof hint === 'string' ? { cause: cut(cause), hint: cut(hint) } : undefined
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text
}
