import { createFailureBudget, denied } from '@countersign/gate'
import type { onRequestAsyncHookHandler } from 'fastify'
import { sendRefusal } from '../http/problem.ts'
import type { ServerContext } from '../server-context.ts'

/** Calls that an address may make at once without a signature of a key, and how many it gets back a second. */
const CALLS = { capacity: 60, refillPerSecond: 1 }

/** A hook that limits what an address may ask without signing as anyone: each call costs a verification or a look-up. */
export function limitAddress({ now }: ServerContext): onRequestAsyncHookHandler {
  const budget = createFailureBudget({ perAddress: CALLS })
  return async (request, reply) => {
    const nowMs = now()
    const waitMs = budget.waitMs(request.ip, '', nowMs)
    if (waitMs !== undefined) {
      const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
      return sendRefusal(request, reply, { ...denied('too_many_requests'), retryAfterSeconds })
    }
    budget.failed(request.ip, undefined, nowMs)
    return undefined
  }
}
