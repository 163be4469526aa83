import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { settle } from './and-then.ts'
import type { Denied, Principal } from './decision.ts'
import { GateFault } from './gate-fault.ts'
import type { Gate } from './gate-interface.ts'
import { readNodeBody } from './node-body.ts'
import { toGateRequest } from './node-request.ts'
import { refusalReply } from './refusal-reply.ts'
import type { GateRequest } from './request.ts'
import type { Rule } from './rules.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who signed the request. It is set on every route behind the gate but public ones. */
    principal: Principal | undefined
  }
  interface FastifyContextConfig {
    /** What the route needs. It replaces the gate's own rules. `false`: anyone may call the route. */
    gate?: Rule | false
  }
}

/** Options of the plugin. */
export interface GatePluginOptions {
  readonly gate: Gate
}

/**
 * Puts every route of the registering instance, and of its child scopes, behind the gate. It runs at `onRequest`,
 * before any byte of the body is parsed. `request.principal` is the caller. A refusal is answered as the table says.
 * The caller's address is `request.ip`, so set `trustProxy` to the proxies that are believed. `bodyLimit` bounds
 * bodies.
 *
 * A fault goes to the error handler as a GateFault.
 */
export const gatePlugin: FastifyPluginCallback<GatePluginOptions> = Object.assign(
  (app: FastifyInstance, { gate }: GatePluginOptions, done: () => void) => {
    app.decorateRequest('principal', undefined)
    app.addHook('onRequest', (request, reply, next) => {
      const rule = request.routeOptions.config?.gate
      if (rule === false) return next()
      settle(
        gate.decide(toAsked(request), rule),
        (decision) => {
          if (!('allowed' in decision)) return void sendRefusal(reply, decision)
          request.principal = decision.allowed
          next()
        },
        (fault: unknown) => next(new GateFault(fault)),
      )
    })
    done()
  },
  // As fastify-plugin does: hooks apply to the instance that registers the plugin.
  { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: '@countersign/gate' },
)

function toAsked(request: FastifyRequest): GateRequest {
  const { raw, originalUrl, ip } = request
  const { method, header } = toGateRequest(raw)
  return { method, target: originalUrl, ip, header, readBody: () => readNodeBody(raw, request.routeOptions.bodyLimit) }
}

function sendRefusal(reply: FastifyReply, refusal: Denied): FastifyReply {
  const { status, headers, body } = refusalReply(refusal)
  return reply.code(status).headers(headers).send(body)
}
