import { addressPrefix, type BucketSize, createSenderLimit, denied } from '@countersign/gate'
import type { RefusalName } from '@countersign/protocol'
import type { onRequestAsyncHookHandler } from 'fastify'
import { sendRefusal } from '../http/problem.ts'

/**
 * A hook that limits what an address (IPv6: one /64) may ask: each call takes a token.
 *
 * @param refusal what a call is answered with that gets none
 */
export function limitAddress(size: BucketSize, refusal: RefusalName): onRequestAsyncHookHandler {
  const limit = createSenderLimit(size)
  return async (request, reply) => {
    // A wall clock that is set back would keep buckets from filling.
    const nowMs = performance.now()
    const sender = addressPrefix(request.ip)
    const waitMs = limit.waitMs(sender, nowMs)
    if (waitMs > 0) {
      const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
      return sendRefusal(request, reply, { ...denied(refusal), retryAfterSeconds })
    }
    limit.take(sender, nowMs)
    return undefined
  }
}
