import { type ApiError, UNEXPECTED_ANSWER } from '@countersign/client'

const AUTHENTICATION_FIXES: Readonly<Record<string, string>> = {
  NOT_FOUND: 'check the key id (--key-id, all of it) and the server (--url): this server has no such key',
  INCORRECT_API_KEY_SIGNATURE:
    'check that the private key (--key-file) belongs to the key id (--key-id), and that --url is the public URL of the server',
  SIGNATURE_ALREADY_USED: 'run it again: each request needs a signature of its own',
  API_KEY_DISABLED: 'enable the key, or use another',
  API_KEY_EXPIRED: 'use another key, or generate a new one',
  API_KEY_REVOKED: 'use another key, or generate a new one',
  ACCOUNT_SUSPENDED: 'ask the operator of the server',
}

const FIXES: Readonly<Record<string, string>> = {
  header_timestamp_expired: "set this machine's clock: requests count within 30 s of the server's",
  profile_not_accepted: 'sign with --profile http-message-signatures',
  signature_input_invalid: 'check --tag: the server takes signatures that have its own tag only',
  insufficient_scope: 'use a key that has the scope',
  powers_exceeded: 'use a key that is not restricted itself: countersign whoami shows what this one may do',
  state_conflict: 'look at it first: countersign keys show ID',
  external_id_taken: 'choose another external id, or use that account: countersign accounts list',
  already_made: 'use the key that was made, or delete it and make another',
  idempotency_key_reused: 'run it again with another Idempotency-Key',
  subaccount_restricted: 'use a key without a sub-account',
  ip_not_allowed: "call from an address on the key's allowlist",
  api_key_limit_reached: 'delete a key that is no longer used: countersign keys list',
  public_key_already_registered: 'use the key that has it: countersign keys list',
  public_key_compromised: 'make a new key pair',
  insufficient_usage_tier: 'let the server make the key pair: countersign keys generate',
  not_found: 'check the path or the id (countersign keys list), and the server (--url)',
  [UNEXPECTED_ANSWER]: 'check --url: it must be the URL of a Countersign server',
}

/** What to do about a refusal of the server. */
export function fixOfRefusal({ status, code, details, requestId, retryAfterSeconds }: ApiError): string {
  const known = FIXES[code] ?? AUTHENTICATION_FIXES[details ?? '']
  if (known !== undefined) return known
  if (retryAfterSeconds !== undefined) return `run it again in ${retryAfterSeconds} s`
  if (status >= 500) return `run it again; the server's log says more${requestId ? ` about request ${requestId}` : ''}`
  return status === 429 ? 'run it again later' : 'change what the message names, and run it again'
}
