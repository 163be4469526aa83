import { type Denied, denied } from '../decision.ts'
import type { FailureBudget } from '../failure-budget.ts'
import { type ClaimedSignature, filterClaims } from '../profiles/claimed-signature.ts'

/** Refuses a sender of too many requests that did not verify, before it does any more work for them. */
export function checkAbuse(
  claimed: readonly ClaimedSignature[],
  ip: string,
  budget: FailureBudget,
  nowMs: number,
): readonly ClaimedSignature[] | Denied {
  const waitMs = ({ keyId }: ClaimedSignature) => budget.waitMs(ip, keyId, nowMs)
  const mayTry = filterClaims(claimed, (signature) => waitMs(signature) === undefined)
  if (mayTry.length > 0) return mayTry
  const shortestMs = Math.min(...claimed.map((signature) => waitMs(signature) ?? 0))
  return { ...denied('too_many_failures'), retryAfterSeconds: Math.max(1, Math.ceil(shortestMs / 1000)) }
}
