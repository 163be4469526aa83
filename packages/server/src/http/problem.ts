import { type Denied, refusalReply } from '@countersign/gate'
import { REFUSALS } from '@countersign/protocol'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { refusalOf } from './refusal.ts'

/** Answers with a refusal of the table (docs/wire.md section 3) and logs it as one line. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, refusal: Denied): FastifyReply {
  const { status, code } = REFUSALS[refusal.denied]
  request.log.info(
    {
      refusal: refusal.denied,
      status,
      code,
      details: refusal.details,
      method: request.method,
      path: request.url.split('?', 1)[0]?.slice(0, 512),
      ip: request.ip,
      apiKeyId: refusal.provenKeyId ?? request.principal?.keyId,
      cause: refusal.diagnosis?.cause,
    },
    'refused',
  )
  const { headers, body } = refusalReply(refusal)
  return send(reply.headers(headers), status, body)
}

/** Answers for any thrown value. The cause of a fault goes to the log only. */
export function sendProblem(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error)
  if (refusal?.denied === 'service_unavailable') request.log.warn({ err: error }, 'a dependency does not answer')
  if (refusal) return sendRefusal(request, reply, refusal)
  request.log.error({ err: error }, 'a request failed')
  const { code, message } = REFUSALS.internal_error
  return send(reply, 500, JSON.stringify({ error: { code, message, request_id: request.id } }))
}

/** As text: exactly the table's text is sent, whatever the route's own schemas are. */
function send(reply: FastifyReply, status: number, body: string): FastifyReply {
  // Set here too: a request that the router refuses has passed no hook.
  reply.header('x-request-id', reply.request.id).header('cache-control', 'no-store')
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
