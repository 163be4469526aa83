import { grantsScope, type Profile, pathOf } from '@countersign/protocol'
import type { CauseCode } from '../causes.ts'
import type { CandidateKey, DiagnosisContext, Finding, ServerAnswer, Unseen } from '../diagnosis.ts'
import type { RefusedRequest } from '../refused-request.ts'

/**
 * What refuses a correctly signed request, in the server's order: the key's state, the profile, the scope and the rule
 * of its route, and the server's own answer.
 *
 * @param key the key that verified the signature
 */
export function checkAfterSignature(
  request: RefusedRequest,
  profile: Profile,
  key: CandidateKey,
  context: DiagnosisContext,
): Finding[] {
  const { keyFacts, route } = context
  const findings: Finding[] = []
  const add = (cause: CauseCode, details?: string) => findings.push({ cause, confidence: 'certain', details })
  const state = keyFacts && STATES[keyFacts.state]
  if (state) add(state)
  for (const minimum of [keyFacts?.minimumProfile, route?.minimumProfile]) {
    if (minimum === 'http-message-signatures' && profile === 'access-headers') add('profile_below_minimum')
  }
  if (route?.refused !== undefined) add('route_not_allowed', route.refused)
  const scope = route?.scope
  if (scope !== undefined && keyFacts && !grantsScope(keyFacts.scopes, scope)) {
    add('scope_missing', `The route needs ${scope}; the key has ${keyFacts.scopes.join(', ') || 'none'}.`)
  }
  const answered = context.answer && ofAnswer(context.answer, request, key, context.basePath ?? '/trade-api/v2')
  return answered && !findings.some(({ cause }) => cause === answered.cause) ? [...findings, answered] : findings
}

const STATES: Readonly<Record<string, CauseCode | undefined>> = {
  disabled: 'key_disabled',
  revoked: 'key_revoked',
  expired: 'key_expired',
}

/** The meaning of a server's answer, by its details or code, or by the name of a listed refusal. */
const MEANINGS: Readonly<Record<string, CauseCode | undefined>> = {
  API_KEY_DISABLED: 'key_disabled',
  API_KEY_EXPIRED: 'key_expired',
  API_KEY_REVOKED: 'key_revoked',
  ACCOUNT_SUSPENDED: 'account_suspended',
  SIGNATURE_ALREADY_USED: 'signature_used_before',
  NOT_FOUND: 'key_unknown',
  INCORRECT_API_KEY_SIGNATURE: 'changed_on_the_way',
  key_disabled: 'key_disabled',
  key_expired: 'key_expired',
  key_revoked: 'key_revoked',
  account_suspended: 'account_suspended',
  signature_already_used: 'signature_used_before',
  key_not_found: 'key_unknown',
  signature_incorrect: 'changed_on_the_way',
  profile_not_accepted: 'profile_below_minimum',
  ip_not_allowed: 'address_not_allowed',
  insufficient_scope: 'scope_missing',
  route_not_allowed: 'route_not_allowed',
  too_many_requests: 'too_many_requests',
  digest_mismatch: 'digest_of_other_body',
  nonce_required: 'nonce_missing',
}

function ofAnswer(
  { code, details, isGuess }: ServerAnswer,
  { target }: RefusedRequest,
  { keyId }: CandidateKey,
  basePath: string,
): Finding {
  const cause = MEANINGS[details ?? ''] ?? MEANINGS[code] ?? 'refused_otherwise'
  if (cause === 'changed_on_the_way' && pathOf(target).indexOf(`${basePath}/`) > 0) {
    return { cause: 'path_prefix', confidence: 'likely' }
  }
  const said = details === undefined ? `The server answered ${code}.` : `The server answered ${code}: ${details}.`
  // A key from a file has no id: it may differ from the key that the server has under the request's id.
  if (cause === 'changed_on_the_way' && keyId === undefined) {
    return { cause: 'other_key', confidence: 'likely', details: said }
  }
  return { cause, confidence: isGuess ? 'likely' : 'certain', details: said }
}

/** What could still refuse the request, and is unknown. */
export function unseenOf(context: DiagnosisContext, isTimeKnown: boolean): Unseen[] {
  const { keyFacts, route, answer } = context
  const unseen: Unseen[] = []
  if (!isTimeKnown) unseen.push('clock')
  if (!keyFacts) unseen.push('key')
  if (!route) unseen.push('route')
  if (!answer) unseen.push('replay')
  return unseen
}
