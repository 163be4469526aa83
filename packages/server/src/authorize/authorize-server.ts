import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type Decision, type Denied, denied, type Gate, type GateRequest } from '@countersign/gate'
import { pathOf, REFUSALS } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Settings } from '../config.ts'
import { createHttpServer } from '../http-server.ts'
import { answerAllowed, answerObserved, answerRefused } from './answer.ts'
import { type TrustedProxies, trustedProxies } from './client-address.ts'
import { isQuestion, readForwardedRequest } from './forwarded-request.ts'

/** What the data plane's server works with. */
export interface AuthorizeContext {
  readonly settings: Settings
  readonly gate: Gate
  readonly log: Logger
  /** Told of every decision, after the answer left. */
  readonly decided?: (decision: Decision, seconds: number) => void
}

/** The data plane: answers `/authorize` on node:http itself, before any router, and nothing else. Not yet listening. */
export function createAuthorizeServer(context: AuthorizeContext): Server {
  const proxies = trustedProxies(context.settings.trustedProxies)
  return createHttpServer(
    (request, response) => void answer(context, proxies, request, response),
    context.settings,
    context.log,
  )
}

async function answer(
  context: AuthorizeContext,
  proxies: TrustedProxies,
  raw: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now()
  const requestId = randomUUID()
  const request = readRequest(context.settings, proxies, raw)
  const decision = 'denied' in request ? request : await decide(context, request, requestId)
  if ('allowed' in decision) answerAllowed(response, requestId, decision)
  else refuse(context, response, requestId, decision, 'denied' in request ? undefined : request)
  context.decided?.(decision, (performance.now() - startedAt) / 1000)
}

function readRequest({ authorize }: Settings, proxies: TrustedProxies, raw: IncomingMessage): GateRequest | Denied {
  const { source } = authorize
  return isQuestion(raw.url ?? '', source) ? readForwardedRequest(raw, source, proxies) : denied('not_found')
}

async function decide({ gate, log }: AuthorizeContext, request: GateRequest, requestId: string): Promise<Decision> {
  try {
    return await gate.decide(request)
  } catch (fault) {
    log.error({ err: fault, requestId }, 'a decision failed')
    return denied('internal_error')
  }
}

function refuse(
  { settings, log }: AuthorizeContext,
  response: ServerResponse,
  requestId: string,
  refusal: Denied,
  request: GateRequest | undefined,
): void {
  // Observing refuses nothing that a proxy asks, not even where it asks wrongly: that shows in the log.
  const isObserved = settings.mode === 'observe' && refusal.denied !== 'not_found'
  const { status, code } = REFUSALS[refusal.denied]
  log.info(
    {
      requestId,
      refusal: refusal.denied,
      status,
      code,
      details: refusal.details,
      method: request?.method.slice(0, 32),
      path: request && pathOf(request.target).slice(0, 512),
      ip: request?.ip,
      apiKeyId: refusal.provenKeyId,
    },
    isObserved ? 'would be refused' : 'refused',
  )
  if (isObserved) answerObserved(response, requestId, refusal)
  else answerRefused(response, requestId, refusal, settings.authorize.source)
}
