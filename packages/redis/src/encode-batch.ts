import { CLAIM_MAX_MS } from '@countersign/gate'
import type { WaitingRequest } from './waiting-request.ts'

const DOUBLE = 8

/** The keys and numbers of a batch, as the script reads them. */
export function encodeBatch(
  batch: readonly WaitingRequest[],
  wallMs: number,
): { readonly keys: string[]; readonly numbers: Buffer } {
  const keys: string[] = []
  let count = 0
  for (const { request } of batch) count += 4 + 3 * request.charges.length
  const numbers = Buffer.allocUnsafe(count * DOUBLE)
  let at = 0
  const put = (number: number) => {
    at = numbers.writeDoubleLE(number, at)
  }
  for (const { request, keys: own, isCounted, isQuestion } of batch) {
    const { claim, charges } = request
    for (const key of own) keys.push(key)
    put(charges.length)
    // By relative time: Redis' clock says when it ends, and this node's clock how long it must live.
    put(claim ? Math.min(claim.untilMs - wallMs, CLAIM_MAX_MS) : 0)
    put(claim && isCounted ? Math.max(1, claim.untilMs - claim.signedAtMs) : 0)
    put(isQuestion ? 1 : 0)
    for (const { capacity, refillPerSecond, cost } of charges) {
      put(capacity)
      put(refillPerSecond / 1000)
      put(cost)
    }
  }
  return { keys, numbers }
}
