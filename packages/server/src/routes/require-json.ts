import { denied } from '@countersign/gate'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendRefusal } from '../http/problem.ts'

const JSON_TYPE = /^application\/json[ \t]*(?:;|$)/i

/** A hook that refuses a body that is not declared as JSON, before it is read (docs/wire.md section 3). */
export async function requireJson(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (JSON_TYPE.test(request.headers['content-type'] ?? '')) return undefined
  return sendRefusal(request, reply, denied('invalid_content_type'))
}
