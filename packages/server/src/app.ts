import { randomUUID } from 'node:crypto'
import { checkTarget, denied } from '@countersign/gate'
import helmet from '@fastify/helmet'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import { createHttpServer } from './http-server.ts'
import { sendProblem, sendRefusal } from './problem.ts'
import { addAccountRoutes } from './routes/account.ts'
import { addApiKeyRoutes } from './routes/api-keys.ts'
import { addDeploymentRoutes } from './routes/deployment.ts'
import { addDocs, addOpenApi } from './routes/docs.ts'
import { refuseOtherMethods } from './routes/method-not-allowed.ts'
import type { ServerContext } from './server-context.ts'

const BODY_LIMIT_BYTES = 64 * 1024

/** The control plane's HTTP application, not yet listening. What is registered here is what a request passes, in order. */
export async function createApp(context: ServerContext): Promise<FastifyInstance> {
  const { settings } = context
  const app: FastifyInstance = Fastify({
    loggerInstance: context.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    serverFactory: (listener) => createHttpServer(listener, settings, context.log),
    clientErrorHandler: () => undefined,
  })

  app.decorateRequest('principal', undefined)
  app.decorateRequest('uncheckedDigest', undefined)
  app.decorateRequest('rawBody', undefined)
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request, reply) => sendRefusal(request, reply, denied('not_found')))
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    request.rawBody = body
    return parseJson(body)
  })

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    const { httpVersion, headers } = request.raw
    if (httpVersion === '1.1' && headers.host === undefined) {
      return sendRefusal(request, reply, denied('request_malformed', 'the Host header is missing'))
    }
    const unclear = checkTarget({ method: request.method, target: request.raw.url ?? '' })
    return unclear && sendRefusal(request, reply, unclear)
  })
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false },
    // Whether a host is HTTPS only is for whoever holds its certificate to say: the proxy before this server.
    strictTransportSecurity: false,
  })

  const otherMethods = refuseOtherMethods(app)
  await addOpenApi(app, settings)
  addApiKeyRoutes(app, context)
  addAccountRoutes(app, context)
  addDeploymentRoutes(app, context)
  await addDocs(app)
  otherMethods.finish()
  return app
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Replacement characters for bytes that are no UTF-8 would make another name of the one that was sent. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw Object.assign(new Error('the body is not JSON'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY' })
  }
}
