import { addressPrefix, type BucketSize, createSenderLimit, denied } from '@countersign/gate'
import type { RefusalName } from '@countersign/protocol'
import type { onRequestAsyncHookHandler } from 'fastify'
import { sendRefusal } from '../http/problem.ts'
import type { ServerContext } from '../server-context.ts'

/** A hook that limits an address's calls without a key's signature: each costs a verification or a look-up. */
export function limitAddress(
  { now }: ServerContext,
  size: BucketSize,
  refusal: RefusalName,
): onRequestAsyncHookHandler {
  const limit = createSenderLimit(size)
  return async (request, reply) => {
    const nowMs = now()
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
