import { type Denied, denied } from '../decision.ts'
import { type ClaimedSignature, filterClaims } from '../profiles/claimed-signature.ts'

/** Refuses a signature whose time is outside of the window, to either side, or past its own expiry. */
export function checkClock(
  claimed: readonly ClaimedSignature[],
  nowMs: number,
  windowMs: number,
): readonly ClaimedSignature[] | Denied {
  const isInWindow = ({ timestampMs }: ClaimedSignature) => Math.abs(nowMs - timestampMs) <= windowMs
  const isUnexpired = ({ expiresMs }: ClaimedSignature) => expiresMs === undefined || nowMs < expiresMs
  const inWindow = filterClaims(claimed, isInWindow)
  if (inWindow.length === 0) return denied('timestamp_expired')
  const fresh = filterClaims(inWindow, isUnexpired)
  return fresh.length === 0 ? denied('signature_expired') : fresh
}
