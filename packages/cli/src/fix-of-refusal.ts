import { type ApiError, UNEXPECTED_ANSWER } from '@countersign/client'
import { refusalText } from '@countersign/protocol'

/** Fixes that name a command or an option, by the refusal's details or code. */
const AT_TERMINAL: Readonly<Record<string, string>> = {
  NOT_FOUND: 'check the key id (--key-id, all of it) and the server (--url): this server has no such key',
  INCORRECT_API_KEY_SIGNATURE:
    'check that the private key (--key-file) belongs to the key id (--key-id), and that --url is the public URL of the server',
  SIGNATURE_ALREADY_USED: 'run it again: each request needs a signature of its own',
  profile_not_accepted: 'sign with --profile http-message-signatures',
  signature_input_invalid: 'check --tag: the server takes signatures that have its own tag only',
  powers_exceeded: 'use a key that is not restricted itself: countersign whoami shows what this one may do',
  state_conflict: 'look at it first: countersign keys show ID',
  external_id_taken: 'choose another external id, or use that account: countersign accounts list',
  api_key_limit_reached: 'delete a key that is no longer used: countersign keys list',
  public_key_already_registered: 'use the key that has it: countersign keys list',
  insufficient_usage_tier: 'let the server make the key pair: countersign keys generate',
  not_found: 'check the path or the id (countersign keys list), and the server (--url)',
  [UNEXPECTED_ANSWER]: 'check --url: it must be the URL of a Countersign server',
}

/** Refusals whose message and details, or the numbers of this answer, say more than their text. */
const SAID_BY_THE_ANSWER: ReadonlySet<string> = new Set([
  'bad_request',
  'invalid_parameter',
  'too_many_requests',
  'account_share_full',
  'too_many_failures',
  'service_unavailable',
  'internal_server_error',
])

/** What to do about a refusal of the server. */
export function fixOfRefusal({ status, code, details, requestId, retryAfterSeconds }: ApiError): string {
  const here = AT_TERMINAL[details ?? ''] ?? AT_TERMINAL[code]
  if (here !== undefined) return here
  const text = SAID_BY_THE_ANSWER.has(code) ? undefined : refusalText(code, details)
  if (text) return sentenceOf(text.fix)
  if (retryAfterSeconds !== undefined) return `run it again in ${retryAfterSeconds} s`
  if (status >= 500) return `run it again; the server's log says more${requestId ? ` about request ${requestId}` : ''}`
  return status === 429 ? 'run it again later' : 'change what the message names, and run it again'
}

/** A fix as it is written after "Fix: ": without the capital and the full stop. */
function sentenceOf(fix: string): string {
  return fix.charAt(0).toLowerCase() + fix.slice(1).replace(/\.$/, '')
}
