import type { ApiKeyParams, RotateKeyRequest } from '@countersign/api'
import { denied } from '@countersign/gate'
import type { FastifyInstance } from 'fastify'
import { describeRotation } from '../actions/describe-rotation.ts'
import { endRotation } from '../actions/end-rotation.ts'
import type { Reach } from '../actions/lock-target.ts'
import { rotateKey } from '../actions/rotate-key.ts'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { actorOf, principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { addOperation } from './operation.ts'
import { repeatableCall } from './repeatable-call.ts'

const CHECKS = [refuseSubaccountKeys]

/** The calls that replace a key by another. */
export function addRotationRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation<{ Params: ApiKeyParams; Body: RotateKeyRequest }>(
    app,
    context,
    'rotateApiKey',
    async (request, reply) => {
      const call = repeatableCall(request, 'rotateApiKey')
      if (call && 'denied' in call) return sendRefusal(request, reply, call)
      const started = await rotateKey(context, actorOf(request), request.params.api_key, request.body, call)
      if ('denied' in started) return sendRefusal(request, reply, started)
      reply.code(201).header('cache-control', 'no-store')
      const { rotation, keyType, privateKey } = started
      return {
        rotation_id: rotation.rotationId,
        api_key_id: rotation.newKeyId,
        key_type: keyType,
        deadline: rotation.deadline,
        ...(privateKey !== undefined && { private_key: privateKey }),
      }
    },
    CHECKS,
  )
  addOpenRotationRoutes(app, context, 'own', { get: 'getRotation', finish: 'finishRotation', abort: 'abortRotation' })
}

/** The operations on a rotation that was started, for holders or for operators. */
export interface RotationOperations {
  readonly get: 'getRotation' | 'getAnyRotation'
  readonly finish: 'finishRotation' | 'finishAnyRotation'
  readonly abort: 'abortRotation' | 'abortAnyRotation'
}

/** Adds what is done with a rotation that was started. */
export function addOpenRotationRoutes(
  app: FastifyInstance,
  context: ServerContext,
  reach: Reach,
  { get, finish, abort }: RotationOperations,
): void {
  addOperation<{ Params: ApiKeyParams }>(
    app,
    context,
    get,
    async (request, reply) => {
      const rotation = await describeRotation(context, principalOf(request), request.params.api_key, reach)
      return rotation ?? sendRefusal(request, reply, denied('not_found'))
    },
    CHECKS,
  )

  for (const [id, how] of [[finish, 'finish'] as const, [abort, 'abort'] as const]) {
    addOperation<{ Params: ApiKeyParams }>(
      app,
      context,
      id,
      async (request, reply) => {
        const { api_key: keyId } = request.params
        const refused = await endRotation(context, actorOf(request), reach, keyId, how)
        if (refused) return sendRefusal(request, reply, refused)
        const rotation = await describeRotation(context, principalOf(request), keyId, reach)
        return rotation ?? sendRefusal(request, reply, denied('not_found'))
      },
      CHECKS,
    )
  }
}
