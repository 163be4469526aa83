import { type Denied, denied } from '../decision.ts'
import type { KeyRecord } from '../ports.ts'
import type { ClaimedSignature } from '../profiles/claimed-signature.ts'

/** The nonces of a server: it gives them out and recognises them. */
export interface SessionNonces {
  /**
   * Whether the nonce of a verified signature begins with one that was given out lately. Never throws on anything
   * received.
   */
  isFresh(nonce: string, nowMs: number): boolean
}

/**
 * Refuses a signature of a browser's key without a nonce of the server: only a client that reads the answers can go on
 * signing.
 */
export function checkSession(
  { isSession }: KeyRecord,
  { nonce }: ClaimedSignature,
  nonces: SessionNonces | undefined,
  nowMs: number,
): Denied | undefined {
  if (!isSession || (nonce !== undefined && nonces?.isFresh(nonce, nowMs))) return undefined
  return denied('nonce_required', 'a session signs with a nonce of the server, from the header Countersign-Nonce')
}
