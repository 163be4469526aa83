import { denied, type Gate, type Principal } from '@countersign/gate'
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { toGateRequest } from '../node-request.ts'
import { sendRefusal } from '../problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who signed the request; set on every route that is not public. */
    principal: Principal | undefined
  }
}

/** A hook that lets the gate decide, before any byte of the body is read. */
export function authenticate(gate: Gate): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const decision = await gate.decide(toGateRequest(request.raw))
    if ('denied' in decision) return sendRefusal(request, reply, decision)
    request.principal = decision.allowed
    return undefined
  }
}

/** A hook that refuses keys which are bound to a sub-account: they cannot manage keys (contract.md section 1). */
export async function refuseSubaccountKeys(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { subaccount, keyId } = principalOf(request)
  if (subaccount === undefined) return undefined
  return sendRefusal(request, reply, { ...denied('subaccount_restricted'), provenKeyId: keyId })
}

/** The principal of a request on a route that is not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error('the route was not put behind the gate')
  return request.principal
}
