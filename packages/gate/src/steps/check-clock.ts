import { type Denied, denied } from '../decision.ts'

/** Refuses a timestamp further from the server's time than the window, to either side (contract.md section 2). */
export function checkClock(signed: { timestampMs: number }, nowMs: number, windowMs: number): Denied | undefined {
  return Math.abs(nowMs - signed.timestampMs) <= windowMs ? undefined : denied('timestamp_expired')
}
