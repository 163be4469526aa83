import { diagnoseAccess } from './diagnose-access.ts'
import { diagnoseMessage } from './diagnose-message.ts'
import type { Diagnosis, DiagnosisContext } from './diagnosis.ts'
import { checkRequestLine } from './inspect/check-request-line.ts'
import { headerOf, namesIn, type RefusedRequest } from './refused-request.ts'
import { type SearchDepth, THOROUGH } from './search/depth.ts'
import { verdictOf } from './verdict.ts'

/**
 * Why a request was refused, or would be, as far as its signature says: a mistake with its causes, that it is correct,
 * or that no known mistake fits. What is called certain is arithmetic, or was verified under one of the keys. Never
 * throws on any request, and sends nothing.
 */
export async function diagnose(
  request: RefusedRequest,
  context: DiagnosisContext = {},
  depth: SearchDepth = THOROUGH,
): Promise<Diagnosis> {
  const names = namesIn(request, context.headerPrefix)
  const hasAccess = Object.values(names).some((name) => headerOf(request, name) !== undefined)
  const hasMessage = headerOf(request, 'signature-input') !== undefined
  const hasSignature = headerOf(request, 'signature') !== undefined
  const line = checkRequestLine(request)
  if (line) return verdictOf([line])
  if (hasAccess && hasMessage) return verdictOf([{ cause: 'two_profiles', confidence: 'certain' }])
  if (hasAccess) return diagnoseAccess(request, names, context, depth)
  if (hasMessage || hasSignature) return diagnoseMessage(request, context, depth)
  const cause = headerOf(request, 'authorization') === undefined ? 'headers_missing' : 'other_scheme'
  return verdictOf([{ cause, confidence: 'certain' }])
}
