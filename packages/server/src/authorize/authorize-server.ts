import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type Decision, type Denied, denied, type Gate, type GateRequest } from '@countersign/gate'
import { pathOf, REFUSALS } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Settings } from '../config/settings.ts'
import { type TrustedProxies, trustedProxies } from '../http/client-address.ts'
import type { ConnectionLimit } from '../http/connection-limit.ts'
import { createHttpServer } from '../http/http-server.ts'
import type { RefusalMemory } from '../refusals/refusal-memory.ts'
import type { ThreadReport } from '../threads/thread-table.ts'
import { answerAllowed, answerObserved, answerRefused } from './answer.ts'
import { answerHealth } from './answer-health.ts'
import { isQuestion, readForwardedRequest } from './forwarded-request.ts'
import { Question } from './question.ts'

/** What the data plane's server works with. */
export interface AuthorizeContext {
  readonly settings: Settings
  readonly gate: Gate
  readonly log: Logger
  /** The threads of this process, for `/healthz` and `/readyz`. */
  readonly threads: () => readonly ThreadReport[]
  /** Bounds the connections of this server. */
  readonly connections: ConnectionLimit
  /** Called for every refusal of a request that could be read. */
  readonly refused?: RefusalMemory['refused']
  /** Called for every decision, after the answer left. */
  readonly decided?: (decision: Decision, seconds: number, from: Pick<GateRequest, 'ip'>) => void
}

/**
 * The data plane's server. It answers `/authorize` and its health on node:http, before any router, and nothing else. It
 * is not yet listening.
 */
export function createAuthorizeServer(context: AuthorizeContext): Server {
  const proxies = trustedProxies(context.settings.trustedProxies)
  return createHttpServer(
    (request, response) => {
      if (!answerHealth(request, response, context.threads)) answer(context, proxies, request, response)
    },
    context.settings,
    context.log,
    context.connections,
    { IncomingMessage: Question, optimizeEmptyRequests: true },
  )
}

/** The id of the next question, made while the caller reads the answer before. */
let spareId: string | undefined

/** The origin of an unreadable question: it says nothing about a key. */
const NOWHERE = { ip: '' }

function answer(
  context: AuthorizeContext,
  proxies: TrustedProxies,
  raw: IncomingMessage,
  response: ServerResponse,
): void {
  const startedAt = performance.now()
  const requestId = spareId ?? randomUUID()
  spareId = undefined
  const request = readRequest(context.settings, proxies, raw)
  const give = (decision: Decision) => {
    if ('allowed' in decision) answerAllowed(response, requestId, decision)
    else refuse(context, response, requestId, decision, 'denied' in request ? undefined : request, raw)
    spareId ??= randomUUID()
    context.decided?.(decision, (performance.now() - startedAt) / 1000, 'denied' in request ? NOWHERE : request)
  }
  if ('denied' in request) give(request)
  else {
    const decision = context.gate.decide(request)
    if (decision instanceof Promise) decision.then(give, (fault: unknown) => give(failed(context, fault, requestId)))
    else give(decision)
  }
}

function readRequest({ authorize }: Settings, proxies: TrustedProxies, raw: IncomingMessage): GateRequest | Denied {
  const { source } = authorize
  return isQuestion(raw.url ?? '', source) ? readForwardedRequest(raw, source, proxies) : denied('not_found')
}

/** The line of the configuration file that would trust this peer, if it is the operator's proxy. */
function trustedProxiesLine({ trustedProxies }: Settings, peer: string): string {
  return `trustedProxies: ${JSON.stringify([...trustedProxies, peer.replace(/^::ffff:|%.*/g, '')])}`
}

function failed({ log }: AuthorizeContext, fault: unknown, requestId: string): Denied {
  log.error({ err: fault, requestId }, 'a decision failed')
  return denied('internal_error')
}

function refuse(
  { settings, log, refused }: AuthorizeContext,
  response: ServerResponse,
  requestId: string,
  refusal: Denied,
  request: GateRequest | undefined,
  raw: IncomingMessage,
): void {
  // In `observe` nothing that a proxy asks is refused, not even a wrong question. The log shows it.
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
      // The peer of an unreadable question.
      peer: request ? undefined : raw.socket.remoteAddress,
      fix:
        refusal.denied === 'peer_not_trusted'
          ? trustedProxiesLine(settings, raw.socket.remoteAddress ?? '')
          : undefined,
      apiKeyId: refusal.provenKeyId,
      cause: refusal.diagnosis?.cause,
    },
    isObserved ? 'would be refused' : 'refused',
  )
  if (request) refused?.(refusal, request)
  if (isObserved) answerObserved(response, requestId, refusal)
  else answerRefused(response, requestId, refusal, settings.authorize.source)
}
