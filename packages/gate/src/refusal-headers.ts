import { REFUSALS } from '@countersign/protocol'
import type { Denied } from './decision.ts'

/** Seconds after which a caller may try again if a dependency does not answer. */
const RETRY_AFTER_SECONDS = 1

/**
 * The challenge of every 401 (RFC 9110 section 11.6.1): Java's `HttpClient` throws on a 401 without one. No browser
 * opens a password window for its scheme.
 */
const CHALLENGE = 'Signature realm="countersign"'

/**
 * The headers of a refusal beside its body, names in lower case. A 401 has `www-authenticate`, and `accept-signature`
 * if another coverage is needed (RFC 9421 section 5). A 429 or 503 has `retry-after`. An empty token bucket has also
 * `ratelimit` and `ratelimit-policy` (draft-ietf-httpapi-ratelimit-headers: quota, window in seconds, rest, reset).
 */
export function refusalHeaders(refusal: Denied): Record<string, string> {
  const { status } = REFUSALS[refusal.denied]
  return status === 401 ? challengeHeaders(refusal) : retryHeaders(refusal, status)
}

function challengeHeaders({ acceptSignature }: Denied): Record<string, string> {
  if (acceptSignature === undefined) return { 'www-authenticate': CHALLENGE }
  return { 'www-authenticate': CHALLENGE, 'accept-signature': acceptSignature }
}

function retryHeaders({ retryAfterSeconds, limit }: Denied, status: number): Record<string, string> {
  const after = retryAfterSeconds ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined)
  if (after === undefined) return {}
  if (!limit) return { 'retry-after': `${after}` }
  const { name, capacity, refillPerSecond } = limit
  const window = refillPerSecond > 0 ? `;w=${Math.max(1, Math.ceil(capacity / refillPerSecond))}` : ''
  return {
    'retry-after': `${after}`,
    'ratelimit-policy': `"${name}";q=${Math.floor(capacity)}${window}`,
    ratelimit: `"${name}";r=0;t=${after}`,
  }
}
