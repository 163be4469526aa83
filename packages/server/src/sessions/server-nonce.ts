import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SessionNonces } from '@countersign/gate'

/** The header with the value for a session's next nonces. */
export const NONCE_HEADER = 'countersign-nonce'

/** How long a nonce counts after it was given out, in milliseconds. */
export const NONCE_LIFETIME_MS = 5 * 60_000

/** Nodes' clocks may differ by this much. */
const NODE_SKEW_MS = 5_000

/** The nonces of one deployment: any of its nodes accepts a nonce of another. */
export interface ServerNonces extends SessionNonces {
  /** A nonce to give out: 24 characters of base64url. */
  make(nowMs: number): string
}

/**
 * Nonces that hold their time and are authenticated by a MAC, so that nothing is stored. A session's nonce is one of
 * them, a dot, and a unique text.
 *
 * @param secret of the deployment, 32 bytes
 */
export function createServerNonces(secret: Uint8Array): ServerNonces {
  const make = (timeMs: number) => {
    const time = Buffer.alloc(6)
    time.writeUIntBE(timeMs, 0, 6)
    const mac = createHmac('sha256', secret).update('countersign/server-nonce/v1').update(time).digest()
    return Buffer.concat([time, mac.subarray(0, 12)]).toString('base64url')
  }
  return {
    make,
    isFresh(nonce, nowMs) {
      const [given = '', own = ''] = nonce.split('.', 2)
      const bytes = Buffer.from(given, 'base64url')
      if (bytes.length !== 18 || own === '') return false
      const madeAtMs = bytes.readUIntBE(0, 6)
      if (!timingSafeEqual(Buffer.from(make(madeAtMs)), Buffer.from(bytes.toString('base64url')))) return false
      return madeAtMs <= nowMs + NODE_SKEW_MS && nowMs < madeAtMs + NONCE_LIFETIME_MS
    },
  }
}
