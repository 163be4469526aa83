import type { Denied } from '@countersign/gate'
import { denied } from '@countersign/gate'
import type { FastifyError } from 'fastify'
import { isUnavailable } from '../storage/unavailable.ts'

/** The refusal for a thrown value, or `undefined` for an unexpected fault. */
export function refusalOf(error: FastifyError | Error): Denied | undefined {
  if ('validation' in error && error.validation) return ofValidation(error)
  const named = 'code' in error ? REFUSAL_OF_CODE[error.code] : undefined
  if (named) return denied(named, named === 'body_malformed' ? 'body: must be JSON' : undefined)
  if (isAbortedRequest(error)) return denied('request_malformed')
  if (isUnavailable(error)) return denied('service_unavailable')
  return undefined
}

const REFUSAL_OF_CODE: Readonly<Record<string, Denied['denied'] | undefined>> = {
  FST_ERR_BAD_URL: 'target_not_canonical',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'invalid_content_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_malformed',
}

/**
 * node:http's fault when a caller closes its connection within a body. A database that resets its own connection has
 * the same code.
 */
function isAbortedRequest(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET' && error.message === 'aborted'
}

/** The most characters of a field's place in an answer. */
const PATH_SHOWN = 128

/** A wrong JSON type is the flat 400, a value outside the schema the nested one; both name the field. */
function ofValidation({ validation = [], validationContext }: FastifyError): Denied {
  const [first] = validation
  if (!first) return denied('body_malformed')
  // Names inside are the sender's own, and of any length.
  const path = first.instancePath.slice(1, 1 + PATH_SHOWN).replaceAll('/', '.')
  const missing = first.keyword === 'required' ? String(first.params.missingProperty) : undefined
  const field = [path, missing].filter(Boolean).join('.') || (validationContext ?? 'body')
  const details = `${field}: ${missing ? 'is required' : first.message}`
  return denied(first.keyword === 'type' || missing ? 'body_malformed' : 'invalid_parameter', details)
}
