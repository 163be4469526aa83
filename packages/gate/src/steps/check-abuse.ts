import { type Denied, denied } from '../decision.ts'
import type { FailureBudget } from '../failure-budget.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/** Refuses whoever sent too many requests that did not verify, before any more work is done for them. */
export function checkAbuse(
  claimed: readonly ClaimedSignature[],
  ip: string,
  budget: FailureBudget,
  nowMs: number,
): readonly ClaimedSignature[] | Denied {
  let shortestMs = Number.POSITIVE_INFINITY
  const mayTry = claimed.filter(({ keyId }) => {
    const waitMs = budget.waitMs(ip, keyId, nowMs)
    if (waitMs !== undefined) shortestMs = Math.min(shortestMs, waitMs)
    return waitMs === undefined
  })
  if (mayTry.length > 0) return mayTry
  return { ...denied('too_many_failures'), retryAfterSeconds: Math.max(1, Math.ceil(shortestMs / 1000)) }
}
