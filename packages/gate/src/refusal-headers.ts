import { REFUSALS } from '@countersign/protocol'
import type { Denied } from './decision.ts'

/** Seconds after which a caller may try again where a dependency does not answer. */
const RETRY_AFTER_SECONDS = 1

/**
 * The headers that a refusal brings beside its body, names in lower case: `retry-after`, and for an empty token bucket
 * `ratelimit` and `ratelimit-policy` (draft-ietf-httpapi-ratelimit-headers: quota, window in seconds, rest, reset).
 */
export function refusalHeaders({ denied, retryAfterSeconds, limit }: Denied): Record<string, string> {
  const isAway = REFUSALS[denied].status === 503
  const after = retryAfterSeconds ?? (isAway ? RETRY_AFTER_SECONDS : undefined)
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
