import { REFUSALS, type RefusalName } from './refusals.ts'

/** A refusal for a person. */
export interface RefusalText {
  /** What happened: a sentence without its full stop. */
  readonly title: string
  /** What to do next: a sentence, or several. */
  readonly fix: string
}

/** The text of each refusal for a person. The dashboard, the CLI and the documents read it from here. */
export const REFUSAL_TEXTS: Readonly<Record<RefusalName, RefusalText>> = {
  credentials_missing: text('The request is not signed', 'Sign it: docs/signing.md shows how.'),
  signature_missing: text('The signature header is missing', 'Send all three access headers.'),
  timestamp_missing: text('The timestamp header is missing', 'Send all three access headers.'),
  timestamp_invalid: text('The timestamp is malformed', 'Send Unix milliseconds: 13 decimal digits.'),
  duplicate_header: text('An authentication header came twice', 'Send each authentication header once.'),
  timestamp_expired: text(
    'The timestamp is outside the time window',
    "Set this machine's clock by NTP, and sign right before sending.",
  ),
  key_not_found: text('The key id is unknown', 'Compare the key id with the list of keys, and check the server.'),
  signature_incorrect: text(
    'The signature is wrong',
    'Check that the private key belongs to the key id. The doctor names the mistake.',
  ),
  signature_already_used: text('This signature was used before', 'Sign each request anew.'),
  key_disabled: text('The key is disabled', 'Enable the key, or use another.'),
  key_expired: text('The key has expired', 'Make a new key.'),
  key_revoked: text('The key is revoked', 'Make a new key.'),
  account_suspended: text('The account is suspended', 'Ask the provider of this API.'),
  profile_not_accepted: text('The signature profile is too weak here', 'Sign by RFC 9421 (http-message-signatures).'),
  signature_input_invalid: text(
    'The Signature-Input header is malformed or has another tag',
    'Compare it with docs/signing.md, its tag included.',
  ),
  signature_coverage_insufficient: text('The signature covers too little', 'Cover what the details list.'),
  signature_expired: text('The signature has expired', 'Sign right before sending, or with a later expires.'),
  nonce_required: text('The signature has no fresh nonce', 'Sign again, with a new nonce.'),
  ip_not_allowed: text(
    "The address is not on the key's allowlist",
    'Send from a listed address, or add this one to the key.',
  ),
  peer_not_trusted: text(
    'The proxy is not trusted',
    "The provider must add its address to trustedProxies. Countersign's log has the line.",
  ),
  insufficient_scope: text('A scope is missing', 'Use a key that has the scope.'),
  route_not_allowed: text('No rule allows this request', 'Ask the provider of this API for a rule.'),
  subaccount_restricted: text('A key that is bound to a sub-account cannot do this', 'Use a key of the whole account.'),
  fcm_membership_required: text('The account is not an FCM member', 'Leave fcm_subtrader_id out.'),
  insufficient_usage_tier: text(
    'The usage tier does not allow your own public keys',
    'Let the server make the key pair.',
  ),
  target_not_canonical: text(
    'The path could mean two things',
    'Send the path in its plain form, without //, dot segments or encoded slashes.',
  ),
  digest_mismatch: text(
    'The body is not the one that was signed',
    'Compute Content-Digest over the bytes that are sent.',
  ),
  account_share_full: text(
    'The account has used its share of what all accounts share',
    'Send fewer requests at once, or use fewer keys with a token bucket of their own.',
  ),
  audit_quota_used: text(
    'This account has changed as much as it may in an hour',
    'Wait as long as Retry-After says. You can still disable, revoke and delete keys.',
  ),
  too_many_failures: text('Too many failed signatures from this address', 'Wait as long as Retry-After says.'),
  too_many_requests: text('Too many requests', 'Wait as long as Retry-After says.'),
  invalid_content_type: text('The content type is not JSON', 'Send Content-Type: application/json.'),
  body_malformed: text('The body is malformed', 'Send JSON with the fields and types that /docs lists.'),
  invalid_parameter: text('A value was refused', 'Change what the details name.'),
  public_key_already_registered: text(
    'This public key is already registered in this account',
    'Use the key that has it. The list of keys shows fingerprints.',
  ),
  public_key_compromised: text('This public key is known to be compromised', 'Make a new key pair.'),
  powers_exceeded: text(
    'This is more than the calling key may do itself',
    'Ask for less, or use a key with more power.',
  ),
  state_conflict: text('The state of the key does not allow this', 'Look at the key as it is now.'),
  external_id_taken: text('Another account has this external id', 'Use that account, or another external id.'),
  already_made: text('This call has made a key before', 'Use that key, or delete it and make another.'),
  idempotency_key_reused: text('This Idempotency-Key came with another request', 'Use a new Idempotency-Key.'),
  api_key_limit_reached: text('The account has as many keys as it may have', 'Delete a key that is not used.'),
  link_unknown: text('This sign-in link is not valid here', 'Part of it may be missing. Ask for a new one.'),
  link_used: text('This sign-in link was already used', 'Ask for a new one.'),
  link_expired: text('This sign-in link has expired', 'Links last ten minutes. Ask for a new one.'),
  not_found: text('Nothing was found', 'Check the path, the id and the server.'),
  method_not_allowed: text('This path does not take this method', 'Use a method that the header Allow lists.'),
  request_malformed: text('The request is malformed', 'Send a well-formed HTTP/1.1 request.'),
  headers_too_large: text('The headers are too large', 'Send fewer or shorter headers.'),
  request_timeout: text('The request arrived too slowly', 'Send it again.'),
  body_too_large: text('The body is too large', 'Send at most 64 KiB.'),
  service_unavailable: text('The server cannot answer now', 'Try again as Retry-After says.'),
  internal_error: text('The server failed', 'The operator can find the cause in the log by the request id.'),
}

/**
 * The text of a refusal that came over the wire, `undefined` if no row has this code.
 *
 * @param details distinguishes the rows that share a code
 */
export function refusalText(code: string, details?: string): RefusalText | undefined {
  const rows = Object.entries<{ code: string; details?: string }>(REFUSALS).filter(([, row]) => row.code === code)
  const [name] = rows.find(([, row]) => row.details === details) ?? rows.find(([, row]) => !row.details) ?? []
  return name === undefined ? undefined : REFUSAL_TEXTS[name as RefusalName]
}

function text(title: string, fix: string): RefusalText {
  return { title, fix }
}
