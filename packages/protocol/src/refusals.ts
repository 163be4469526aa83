/** The shape of a refusal's body (docs/wire.md section 3). */
type Shape = 'nested' | 'flat' | 'bare'

interface Row {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly details?: string
  readonly shape?: Shape
}

/**
 * Every refusal of the system: its status and its words on the wire (docs/wire.md section 3). The names are ours and
 * stable. Some share a code, because the platform whose wire we speak does not distinguish them.
 */
export const REFUSALS = {
  credentials_missing: row(401, 'token_authentication_failure', 'token authentication failure'),
  signature_missing: row(401, 'signature_is_missing_from_headers', 'signature is missing from headers'),
  timestamp_missing: row(401, 'timestamp_is_missing_from_headers', 'timestamp is missing from headers'),
  timestamp_invalid: row(401, 'header_timestamp_invalid', 'header timestamp invalid'),
  duplicate_header: row(401, 'duplicate_header', 'authentication header given more than once'),
  timestamp_expired: row(401, 'header_timestamp_expired', 'header timestamp expired'),
  key_not_found: authentication('NOT_FOUND'),
  signature_incorrect: authentication('INCORRECT_API_KEY_SIGNATURE'),
  signature_already_used: authentication('SIGNATURE_ALREADY_USED'),
  key_disabled: authentication('API_KEY_DISABLED'),
  key_expired: authentication('API_KEY_EXPIRED'),
  key_revoked: authentication('API_KEY_REVOKED'),
  account_suspended: authentication('ACCOUNT_SUSPENDED'),
  profile_not_accepted: row(401, 'profile_not_accepted', 'this signature profile is not accepted here'),
  signature_input_invalid: row(401, 'signature_input_invalid', 'signature input invalid'),
  signature_coverage_insufficient: row(401, 'signature_coverage_insufficient', 'the signature covers too little'),
  signature_expired: row(401, 'signature_expired', 'signature expired'),
  nonce_required: row(401, 'nonce_required', 'this request needs a nonce in its signature parameters'),
  ip_not_allowed: row(403, 'ip_not_allowed', "this address is not on the key's allowlist"),
  peer_not_trusted: row(403, 'peer_not_trusted', 'the proxy that asks is not one of the trusted proxies'),
  insufficient_scope: row(403, 'insufficient_scope', 'the key lacks a scope that this request needs'),
  route_not_allowed: row(403, 'route_not_allowed', 'no rule allows this request'),
  subaccount_restricted: row(
    403,
    'subaccount_restricted',
    'this API key is restricted to a single sub-account and cannot access this endpoint',
  ),
  fcm_membership_required: row(403, 'fcm_membership_required', 'this account is not an FCM member'),
  insufficient_usage_tier: row(403, 'insufficient_usage_tier', "this account's usage tier does not allow this"),
  target_not_canonical: row(400, 'target_not_canonical', 'the request target could mean two things'),
  digest_mismatch: row(400, 'digest_mismatch', 'the body is not the one that Content-Digest names'),
  account_share_full: row(429, 'account_share_full', 'this account has as many at once as one account may have'),
  audit_quota_used: row(429, 'audit_quota_used', 'this account has changed as much as it may in an hour'),
  too_many_failures: row(429, 'too_many_failures', 'too many failed verifications from this address'),
  too_many_requests: row(429, 'too_many_requests', 'too many requests', 'bare'),
  invalid_content_type: row(400, 'invalid_content_type', 'invalid_content_type', 'flat'),
  body_malformed: row(400, 'bad_request', 'bad request', 'flat'),
  invalid_parameter: row(400, 'invalid_parameter', 'invalid parameter'),
  public_key_already_registered: row(
    409,
    'public_key_already_registered',
    'this public key is already registered in this account',
  ),
  public_key_compromised: row(400, 'public_key_compromised', 'this public key is compromised and can never be used'),
  powers_exceeded: row(403, 'powers_exceeded', 'this would be more than the calling key may do itself'),
  state_conflict: row(409, 'state_conflict', 'the state of the key does not allow this'),
  external_id_taken: row(409, 'external_id_taken', 'another account has this external id'),
  already_made: row(409, 'already_made', 'this Idempotency-Key has made a key; its id is in the details'),
  idempotency_key_reused: row(409, 'idempotency_key_reused', 'this Idempotency-Key came with another request before'),
  api_key_limit_reached: row(400, 'api_key_limit_reached', 'this account has as many API keys as it may have'),
  link_unknown: row(404, 'link_unknown', 'this sign-in link is not valid here'),
  link_used: row(410, 'link_used', 'this sign-in link was already used'),
  link_expired: row(410, 'link_expired', 'this sign-in link has expired'),
  not_found: row(404, 'not_found', 'not found'),
  method_not_allowed: row(405, 'method_not_allowed', 'method not allowed'),
  request_malformed: row(400, 'bad_request', 'bad request'),
  headers_too_large: row(431, 'headers_too_large', 'headers too large'),
  request_timeout: row(408, 'request_timeout', 'request timeout'),
  body_too_large: row(413, 'body_too_large', 'body too large'),
  service_unavailable: row(503, 'service_unavailable', 'service unavailable'),
  internal_error: row(500, 'internal_server_error', 'internal server error'),
} as const satisfies Readonly<Record<string, Row>>

/** The stable name of a refusal. */
export type RefusalName = keyof typeof REFUSALS

/** A refusal's body: nested under `error`, or one of the three exceptions of docs/wire.md section 3. */
export type RefusalBody =
  | { readonly error: { readonly code: string; readonly message: string; readonly details?: string } }
  | { readonly code: string; readonly message: string; readonly details?: string }
  | { readonly error: string }

/**
 * The body of a refusal as it is sent.
 *
 * @param details the details of this refusal (a field and its rule, the needed scope); never key material
 */
export function refusalBody(name: RefusalName, details?: string): RefusalBody {
  const { code, message, shape = 'nested', details: standing }: Row = REFUSALS[name]
  const told = details ?? standing
  if (shape === 'bare') return { error: message }
  const words = told === undefined ? { code, message } : { code, message, details: told }
  return shape === 'flat' ? words : { error: words }
}

function row(status: number, code: string, message: string, shape: Shape = 'nested'): Row {
  return { status, code, message, shape }
}

function authentication(details: string): Row {
  return { status: 401, code: 'authentication_error', message: 'authentication_error', details }
}
