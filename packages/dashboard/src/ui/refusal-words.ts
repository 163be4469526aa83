import { ApiError } from '@countersign/client'
import { REFUSALS } from '@countersign/protocol'

/** A refusal for a person: what happened and what to do next. */
export interface RefusalWords {
  readonly title: string
  readonly fix?: string
}

/** What happened, in a person's words. What is not known here keeps the words that the server chose. */
export function refusalWords(error: unknown): RefusalWords {
  if (!(error instanceof ApiError)) {
    return { title: 'The server was not reached', fix: 'Check the connection; this page goes on by itself.' }
  }
  if (error.diagnosis) return { title: WORDS[error.code]?.title ?? error.message, fix: error.diagnosis.hint }
  const known = (error.details && WORDS[error.details]) || WORDS[error.code]
  if (known) return { ...known, ...(error.code === 'invalid_parameter' && error.details && { fix: error.details }) }
  return { title: error.message, ...(error.details !== undefined && { fix: error.details }) }
}

/** The same of a refusal by its stable name, as lists of refusals tell it. */
export function wordsOfCode(name: string): RefusalWords {
  const rows: Readonly<Record<string, { readonly code: string; readonly message: string; readonly details?: string }>> =
    REFUSALS
  const row = rows[name]
  return WORDS[row?.details ?? ''] ?? WORDS[row?.code ?? ''] ?? { title: row?.message ?? name }
}

const WORDS: Readonly<Record<string, RefusalWords>> = {
  INCORRECT_API_KEY_SIGNATURE: {
    title: 'The signature is wrong',
    fix: 'Check the request in the doctor: it names the mistake.',
  },
  SIGNATURE_ALREADY_USED: { title: 'This signature was used before', fix: 'Sign each request anew.' },
  NOT_FOUND: { title: 'The key id is unknown', fix: 'Compare the key id with the list of keys.' },
  API_KEY_DISABLED: { title: 'The key is disabled', fix: 'Enable it under Settings of the key.' },
  API_KEY_EXPIRED: { title: 'The key has expired', fix: 'Make a new key.' },
  API_KEY_REVOKED: { title: 'The key is revoked', fix: 'Make a new key.' },
  ACCOUNT_SUSPENDED: { title: 'The account is suspended', fix: 'Ask whoever runs this API.' },
  header_timestamp_expired: {
    title: 'The timestamp is outside the time window',
    fix: "Set the computer's clock by NTP, and sign right before sending.",
  },
  ip_not_allowed: {
    title: "The address is not on the key's list",
    fix: 'Add it under Settings of the key, or send from a listed address.',
  },
  insufficient_scope: { title: 'A scope is missing', fix: 'Use a key or a sign-in link with that scope.' },
  route_not_allowed: { title: 'No rule allows this request', fix: 'Ask whoever runs this API for a rule.' },
  profile_not_accepted: {
    title: 'The signature profile is too weak here',
    fix: 'Sign by RFC 9421 (http-message-signatures).',
  },
  target_not_canonical: {
    title: 'The address could mean two things',
    fix: 'Send the path in its plain form: no //, dot segments or encoded slashes.',
  },
  too_many_requests: { title: 'Too many requests', fix: 'Wait a few seconds.' },
  too_many_failures: { title: 'Too many failed signatures from this address', fix: 'Wait a minute.' },
  service_unavailable: { title: 'The server cannot reach its database', fix: 'This page tries again by itself.' },
  internal_server_error: {
    title: 'A fault of the server',
    fix: 'Its operator finds the cause in the log by the request id.',
  },
  invalid_parameter: { title: 'A value was refused' },
  bad_request: { title: 'The request was refused as it is' },
  powers_exceeded: {
    title: 'This would be more than your own session may do',
    fix: 'Choose no more than the session has.',
  },
  state_conflict: { title: 'The state of the key does not allow this', fix: 'Reload the page to see how it is now.' },
  link_used: { title: 'This link was already used', fix: 'Ask for a new one.' },
  link_expired: { title: 'This link has expired', fix: 'Links last ten minutes. Ask for a new one.' },
  link_unknown: { title: 'This link is not valid here', fix: 'It may be cut off. Ask for a new one.' },
  api_key_limit_reached: {
    title: 'The account has as many keys as it may have',
    fix: 'Delete a key to make another.',
  },
  public_key_already_registered: {
    title: 'This public key is already registered in this account',
    fix: 'Find it in the list of keys by its fingerprint.',
  },
  public_key_compromised: {
    title: 'This public key is known to be compromised',
    fix: 'Make a new key pair.',
  },
  insufficient_usage_tier: {
    title: 'The usage tier does not allow own public keys',
    fix: 'Let the server make the key.',
  },
  subaccount_restricted: {
    title: 'A key bound to a sub-account cannot manage keys',
    fix: 'Use a key or a sign-in link of the whole account.',
  },
}
