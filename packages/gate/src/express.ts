import type { Request, RequestHandler, Response } from 'express'
import { settle } from './and-then.ts'
import { DEFAULT_BODY_LIMIT_BYTES } from './body-limit.ts'
import type { Denied, Principal } from './decision.ts'
import { GateFault } from './gate-fault.ts'
import type { Gate } from './gate-interface.ts'
import { readNodeBody } from './node-body.ts'
import { toGateRequest } from './node-request.ts'
import { refusalReply } from './refusal-reply.ts'
import type { GateRequest } from './request.ts'
import type { Rule } from './rules.ts'

declare global {
  namespace Express {
    interface Request {
      /** Who signed the request. It is set on all routes behind the gate but public ones. */
      principal?: Principal | undefined
    }
  }
}

/** How the middleware decides. */
export interface GateMiddlewareOptions {
  readonly gate: Gate
  /** What the routes behind it need. It replaces the gate's own rules. */
  readonly rule?: Rule
  /** The largest body that it reads, if a decision depends on the body; 1 MiB by default. */
  readonly bodyLimitBytes?: number
}

/**
 * Passes on only what the gate allows. `request.principal` is the caller. Put it before middleware that parses bodies.
 * The caller's address is `request.ip`, so set `trust proxy` to the proxies that are believed. A fault goes to `next`
 * as a GateFault.
 */
export function gateMiddleware(options: GateMiddlewareOptions): RequestHandler {
  const { gate, rule, bodyLimitBytes = DEFAULT_BODY_LIMIT_BYTES } = options
  return (request, response, next) => {
    settle(
      gate.decide(toAsked(request, bodyLimitBytes), rule),
      (decision) => {
        if (!('allowed' in decision)) return sendRefusal(response, decision)
        request.principal = decision.allowed
        next()
      },
      (fault: unknown) => next(new GateFault(fault)),
    )
  }
}

function toAsked(request: Request, bodyLimitBytes: number): GateRequest {
  const { method, header } = toGateRequest(request)
  const readBody = () => readNodeBody(request, bodyLimitBytes)
  return { method, target: request.originalUrl, ip: request.ip ?? '', header, readBody }
}

function sendRefusal(response: Response, refusal: Denied): void {
  const { status, headers, body } = refusalReply(refusal)
  response.writeHead(status, headers).end(body)
}
