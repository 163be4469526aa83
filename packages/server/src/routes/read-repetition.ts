import { createHash } from 'node:crypto'
import { type Denied, denied } from '@countersign/gate'
import type { FastifyRequest } from 'fastify'
import type { RepeatableCall } from '../actions/issue-key.ts'
import { principalOf } from './authenticate.ts'

/** How a repetition of a request is recognised: by its Idempotency-Key, bound to the API key, the call and the body. */
export function readRepetition(request: FastifyRequest, callId: string): RepeatableCall | Denied | undefined {
  const idempotencyKey = request.headers['idempotency-key']
  if (idempotencyKey === undefined) return undefined
  if (typeof idempotencyKey !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
    return denied('invalid_parameter', 'Idempotency-Key: must be 1 to 255 printable ASCII characters without spaces')
  }
  const digest = createHash('sha256')
    .update(`${callId} ${request.raw.url}\n`)
    .update(request.rawBody ?? '')
  return { keyId: principalOf(request).keyId, idempotencyKey, requestDigest: digest.digest('base64url') }
}
