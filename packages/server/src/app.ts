import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { checkTarget, type Denied, denied } from '@countersign/gate'
import { rawHeader } from '@countersign/gate/node'
import helmet from '@fastify/helmet'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import { clientAddress, type TrustedProxies, trustedProxies } from './http/client-address.ts'
import { createHttpServer, HEADERS_LIMIT_BYTES } from './http/http-server.ts'
import { buildLateValidators } from './http/late-validators.ts'
import { limitAccounts } from './http/limit-accounts.ts'
import { sendProblem, sendRefusal } from './http/problem.ts'
import { addAccountCalls } from './routes/account.ts'
import { addAccountsCalls } from './routes/accounts.ts'
import { callAdder } from './routes/add-call.ts'
import { addApiKeyCalls } from './routes/api-keys.ts'
import { addAuditCalls } from './routes/audit.ts'
import { addDashboard } from './routes/dashboard.ts'
import { addDeploymentCalls } from './routes/deployment.ts'
import { addDocs, addOpenApi } from './routes/docs.ts'
import { addGateCalls } from './routes/gate.ts'
import { limitAddress } from './routes/limit-address.ts'
import { addLinkCalls } from './routes/links.ts'
import { refuseOtherMethods } from './routes/method-not-allowed.ts'
import { addMetrics } from './routes/metrics.ts'
import { addRefusalCalls } from './routes/refusals.ts'
import { addRevocationCalls } from './routes/revocations.ts'
import { addRotationCalls } from './routes/rotations.ts'
import { addRuleCalls } from './routes/rules.ts'
import { addSessionCalls } from './routes/sessions.ts'
import { addUsageCalls } from './routes/usage.ts'
import { addWhoAmICall } from './routes/whoami.ts'
import type { ServerContext } from './server-context.ts'

const BODY_LIMIT_BYTES = 64 * 1024

/** Calls by which an address signs in: so many at once, and one more each second. Each costs a verification or a look-up. */
const SIGN_IN = { capacity: 60, refillPerSecond: 1 }

/** The control plane's HTTP application, not yet listening. A request passes what is registered here, in this order. */
export async function createApp(context: ServerContext): Promise<FastifyInstance> {
  const { settings } = context
  const proxies = trustedProxies(settings.trustedProxies)
  const app: FastifyInstance = Fastify({
    loggerInstance: context.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    // Longer than any target can be: the gate and the database decide which key ids exist.
    routerOptions: { maxParamLength: HEADERS_LIMIT_BYTES },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    // Compiling a serializer for each answer took 1.5 s of every start.
    schemaController: {
      compilersFactory: { buildValidator: buildLateValidators, buildSerializer: () => () => JSON.stringify },
    },
    serverFactory: (listener) => createHttpServer(listener, settings, context.log, context.connections),
    clientErrorHandler: () => undefined,
  })

  app.decorateRequest('principal', undefined)
  app.decorateRequest('uncheckedDigest', undefined)
  app.decorateRequest('rawBody', undefined)
  app.setErrorHandler(sendProblem)
  // Any type, because some clients name one on every call. `requireJson` refuses others where a body is expected.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    request.rawBody = body
    return request.routeOptions.schema?.body ? parseJson(body) : undefined
  })

  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false },
    // The proxy with the certificate decides whether a host is HTTPS only.
    strictTransportSecurity: false,
  })
  app.addHook('onRequest', async (request, reply) => {
    // The signing headers are not `Authorization`, so a shared cache may store answers that say nothing else. Files
    // that may be cached say so.
    reply.header('x-request-id', request.id).header('cache-control', 'no-store')
    const refused =
      readAddress(request, proxies) ??
      checkHost(request.raw) ??
      checkTarget({ method: request.method, target: request.raw.url ?? '' }) ??
      (isUnknownPath(request) ? denied('not_found') : undefined)
    return refused && sendRefusal(request, reply, refused)
  })

  limitAccounts(app, context)
  await addRoutes(app, context)
  return app
}

/** Adds all routes, and answers 405 to other methods of their paths. */
async function addRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const otherMethods = refuseOtherMethods(app)
  await addOpenApi(app, context.settings)
  const addCall = callAdder(app, context)
  const limitSignIn = limitAddress(context, SIGN_IN, 'too_many_requests')
  addApiKeyCalls(addCall, context)
  addRotationCalls(addCall, context)
  addRevocationCalls(addCall, context)
  addRefusalCalls(addCall, context)
  addWhoAmICall(addCall, context)
  addAccountCalls(addCall, context)
  addAccountsCalls(addCall, context)
  addUsageCalls(addCall, context)
  addAuditCalls(addCall, context)
  addLinkCalls(addCall, context, limitSignIn)
  addSessionCalls(addCall, context, limitSignIn)
  addDeploymentCalls(addCall, context)
  addGateCalls(app, addCall, context)
  addRuleCalls(addCall, context)
  addMetrics(app, context.collectMetrics)
  await addDocs(app)
  await addDashboard(app, context)
  otherMethods.finish()
}

/**
 * Sets `request.ip` to the caller's address, as on the data plane. X-Forwarded-For counts as far as trusted proxies
 * wrote it. What they wrote must be an address, because key allowlists and limits use it.
 */
function readAddress(request: FastifyRequest, proxies: TrustedProxies): Denied | undefined {
  const { rawHeaders, socket } = request.raw
  const ip = clientAddress(socket.remoteAddress ?? '', rawHeader(rawHeaders, 'x-forwarded-for'), proxies)
  if (ip === undefined) return denied('request_malformed', 'x-forwarded-for holds what is no address')
  Object.defineProperty(request, 'ip', { value: ip })
  return undefined
}

/** HTTP/1.1 requires exactly one Host header. With two, a proxy and this server could read different ones. */
function checkHost({ httpVersion, headers, rawHeaders }: IncomingMessage): Denied | undefined {
  if (headers.host === undefined) {
    return httpVersion === '1.1' ? denied('request_malformed', 'the Host header is missing') : undefined
  }
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  return hosts.length > 1 ? denied('request_malformed', 'the Host header is given more than once') : undefined
}

/** For the router, `/api_keys/` names a key with an empty id. */
function isUnknownPath({ is404, params }: FastifyRequest): boolean {
  return is404 || Object.values(params ?? {}).includes('')
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Replacement characters for bytes that are no UTF-8 would change the name that was sent. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw Object.assign(new Error('the body is not JSON'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY' })
  }
}
