import type { ServerAnswer } from '../diagnosis.ts'
import type { RefusedRequest } from '../refused-request.ts'

/** A request that a person pasted. */
export interface ParsedRequest {
  readonly kind: 'curl' | 'http' | 'har'
  readonly request: RefusedRequest
  /** Unix milliseconds of the server when it answered, if the text holds its Date header. */
  readonly serverTimeMs?: number
  /** The server's refusal, if the text holds the body of its answer. */
  readonly answer?: ServerAnswer
}

/** Why a text is not a request. */
export interface InputProblem {
  /** A sentence for the person who pasted it. */
  readonly problem: string
  /** The unreadable line, from 1. */
  readonly line?: number
}
