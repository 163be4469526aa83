import type { ServerAnswer } from '../diagnosis.ts'
import type { RefusedRequest } from '../refused-request.ts'

/** A request that a person pasted. */
export interface ParsedRequest {
  readonly kind: 'curl' | 'http' | 'har'
  readonly request: RefusedRequest
  /** Unix milliseconds of the server when it answered, where the text holds its Date header. */
  readonly serverTimeMs?: number
  /** How the server refused it, where the text holds the body of its answer. */
  readonly answer?: ServerAnswer
}

/** Why a text is no request. */
export interface InputProblem {
  /** A sentence for the one who pasted it. */
  readonly problem: string
  /** The line that cannot be read, from 1. */
  readonly line?: number
}
