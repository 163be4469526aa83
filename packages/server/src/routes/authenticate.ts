import { type Decision, denied, type Principal, type Rule } from '@countersign/gate'
import { toGateRequest } from '@countersign/gate/node'
import { checkContentDigest, grantsScope } from '@countersign/protocol'
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { Actor } from '../actions/actor.ts'
import { sendRefusal } from '../http/problem.ts'
import type { ServerContext } from '../server-context.ts'
import { NONCE_HEADER } from '../sessions/server-nonce.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The signer of the request; set on every route that is not public. */
    principal: Principal | undefined
    /** A signed Content-Digest that the body must still match. */
    uncheckedDigest: string | undefined
    /** The body as it came, after it was read. */
    rawBody: Uint8Array | undefined
  }
}

/** A hook that lets the gate decide, before any byte of the body is read. */
export function authenticate(
  { gate, decided, refused, nonces, now }: ServerContext,
  rule: Rule,
): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const startedAt = performance.now()
    const asked = { ...toGateRequest(request.raw), ip: request.ip }
    const decision = await gate.decide(asked, rule)
    decided(decision, (performance.now() - startedAt) / 1000, asked)
    if (needsNonce(decision)) reply.header(NONCE_HEADER, nonces.make(now()))
    if ('denied' in decision) {
      refused(decision, asked)
      return sendRefusal(request, reply, decision)
    }
    request.principal = decision.allowed
    request.uncheckedDigest = decision.uncheckedDigest
    return undefined
  }
}

/** A session signs its next request with the value in each answer. */
function needsNonce(decision: Decision): boolean {
  return 'denied' in decision ? decision.denied === 'nonce_required' : decision.allowed?.isSession === true
}

/** A hook that refuses a body whose digest is not the signed one, after it was read. */
export async function checkDigest(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (request.uncheckedDigest === undefined) return undefined
  const problem = await checkContentDigest(request.uncheckedDigest, request.rawBody ?? new Uint8Array(0))
  if (!problem) return undefined
  const { keyId } = principalOf(request)
  return sendRefusal(request, reply, { ...denied(problem.refusal, problem.message), provenKeyId: keyId })
}

/** A hook that refuses keys that are bound to a sub-account: they cannot manage keys (docs/wire.md section 1). */
export async function refuseSubaccountKeys(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { subaccount, keyId } = principalOf(request)
  if (subaccount === undefined) return undefined
  return sendRefusal(request, reply, { ...denied('subaccount_restricted'), provenKeyId: keyId })
}

/** A hook that refuses keys without a scope that the route needs in addition to its rule's. */
export function requireScope(scope: string): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const { scopes, keyId } = principalOf(request)
    if (grantsScope(scopes, scope)) return undefined
    return sendRefusal(request, reply, { ...denied('insufficient_scope', scope), provenKeyId: keyId })
  }
}

/** The principal of a request on a route that is not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error('the route was not put behind the gate')
  return request.principal
}

/** The principal with the address of the request, for actions that change something. */
export function actorOf(request: FastifyRequest): Actor {
  return { ...principalOf(request), ip: request.ip }
}
