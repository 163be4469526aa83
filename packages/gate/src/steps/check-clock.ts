import { type Denied, denied } from '../decision.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/** Refuses signatures further from the server's time than the window, to either side, or past their own end. */
export function checkClock(
  claimed: readonly ClaimedSignature[],
  nowMs: number,
  windowMs: number,
): readonly ClaimedSignature[] | Denied {
  const inWindow = claimed.filter(({ timestampMs }) => Math.abs(nowMs - timestampMs) <= windowMs)
  if (inWindow.length === 0) return denied('timestamp_expired')
  const fresh = inWindow.filter(({ expiresMs }) => expiresMs === undefined || nowMs < expiresMs)
  return fresh.length === 0 ? denied('signature_expired') : fresh
}
