import type {
  ApiKeyParams,
  CreateKeyRequest,
  GenerateKeyRequest,
  ListKeysQuery,
  RevokeKeyRequest,
  UpdateKeyRequest,
} from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createKey } from '../actions/create-key.ts'
import { deleteKey } from '../actions/delete-key.ts'
import { describeKey } from '../actions/describe-key.ts'
import { generateKey } from '../actions/generate-key.ts'
import { listKeyDetails, listKeys } from '../actions/list-keys.ts'
import type { Reach } from '../actions/lock-target.ts'
import { revokeKey } from '../actions/revoke-key.ts'
import { setKeyEnabled } from '../actions/set-key-enabled.ts'
import { updateKey } from '../actions/update-key.ts'
import { whoAmI } from '../actions/who-am-i.ts'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { actorOf, principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { addOperation } from './operation.ts'
import { repeatableCall } from './repeatable-call.ts'

const CHECKS = [refuseSubaccountKeys]

/** The calls that key holders manage their keys with (contract.md section 1, and ours beyond it). */
export function addApiKeyRoutes(app: FastifyInstance, context: ServerContext): void {
  addContractRoutes(app, context)
  addKeyRoutes(app, context, 'own', {
    get: 'getApiKey',
    update: 'updateApiKey',
    disable: 'disableApiKey',
    enable: 'enableApiKey',
    revoke: 'revokeApiKey',
    remove: 'deleteApiKey',
  })
  addOperation(app, context, 'whoAmI', async (request, reply) => {
    const who = await whoAmI(context, principalOf(request))
    return 'denied' in who ? sendRefusal(request, reply, who) : who
  })
}

function addContractRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation<{ Body: GenerateKeyRequest }>(
    app,
    context,
    'generateApiKey',
    async (request, reply) => {
      const actor = actorOf(request)
      const call = repeatableCall(request, 'generateApiKey')
      if (call && 'denied' in call) return sendRefusal(request, reply, call)
      const options = { accountId: actor.accountId, reach: 'own', ...(call && { call }) } as const
      const made = await generateKey(context, actor, request.body, options)
      if ('denied' in made) return sendRefusal(request, reply, made)
      reply.code(201).header('cache-control', 'no-store')
      return { api_key_id: made.apiKeyId, private_key: made.privateKey, key_type: made.keyType }
    },
    CHECKS,
  )

  addOperation<{ Body: CreateKeyRequest }>(
    app,
    context,
    'createApiKey',
    async (request, reply) => {
      const actor = actorOf(request)
      const call = repeatableCall(request, 'createApiKey')
      if (call && 'denied' in call) return sendRefusal(request, reply, call)
      const options = { accountId: actor.accountId, reach: 'own', ...(call && { call }) } as const
      const made = await createKey(context, actor, request.body, options)
      if ('denied' in made) return sendRefusal(request, reply, made)
      reply.code(201)
      return { api_key_id: made.apiKeyId }
    },
    CHECKS,
  )

  addOperation<{ Querystring: ListKeysQuery }>(
    app,
    context,
    'listApiKeys',
    async (request, reply) => {
      const { view, fcm_subtrader_id: fcmSubtraderId, ...query } = request.query
      const principal = principalOf(request)
      if (fcmSubtraderId !== undefined) return sendRefusal(request, reply, denied('fcm_membership_required'))
      if (view !== 'full') return { api_keys: await listKeys(context, principal) }
      // Access headers do not sign the query, which here says what is told.
      if (principal.profile !== 'http-message-signatures') {
        return sendRefusal(request, reply, denied('profile_not_accepted', 'http-message-signatures'))
      }
      const page = await listKeyDetails(context, principal, 'own', query)
      return 'denied' in page ? sendRefusal(request, reply, page) : page
    },
    CHECKS,
  )
}

/** The operations on one key, for holders or for operators. */
export interface KeyOperations {
  readonly get: 'getApiKey' | 'getAnyApiKey'
  readonly update: 'updateApiKey' | 'updateAnyApiKey'
  readonly disable: 'disableApiKey' | 'disableAnyApiKey'
  readonly enable: 'enableApiKey' | 'enableAnyApiKey'
  readonly revoke: 'revokeApiKey' | 'revokeAnyApiKey'
  readonly remove: 'deleteApiKey' | 'deleteAnyApiKey'
}

/** Adds what is done with one key within reach. */
export function addKeyRoutes(
  app: FastifyInstance,
  context: ServerContext,
  reach: Reach,
  { get, update, disable, enable, revoke, remove }: KeyOperations,
): void {
  /** A change, answered with the key as it is then. */
  async function answer(
    request: FastifyRequest<{ Params: ApiKeyParams }>,
    reply: FastifyReply,
    refused: Denied | undefined,
  ) {
    if (refused) return sendRefusal(request, reply, refused)
    const key = await describeKey(context, principalOf(request), request.params.api_key, reach)
    return key ?? sendRefusal(request, reply, denied('not_found'))
  }

  addOperation<{ Params: ApiKeyParams }>(
    app,
    context,
    get,
    async (request, reply) => answer(request, reply, undefined),
    CHECKS,
  )

  addOperation<{ Params: ApiKeyParams; Body: UpdateKeyRequest }>(
    app,
    context,
    update,
    async (request, reply) => {
      const { api_key: id } = request.params
      return answer(request, reply, await updateKey(context, actorOf(request), reach, id, request.body))
    },
    CHECKS,
  )

  for (const [id, enabled] of [[disable, false] as const, [enable, true] as const]) {
    addOperation<{ Params: ApiKeyParams }>(
      app,
      context,
      id,
      async (request, reply) => {
        const { api_key: keyId } = request.params
        return answer(request, reply, await setKeyEnabled(context, actorOf(request), reach, keyId, enabled))
      },
      CHECKS,
    )
  }

  addOperation<{ Params: ApiKeyParams; Body: RevokeKeyRequest }>(
    app,
    context,
    revoke,
    async (request, reply) => {
      const revoked = await revokeKey(context, actorOf(request), reach, request.params.api_key, request.body)
      return 'denied' in revoked ? sendRefusal(request, reply, revoked) : { revoked: [...revoked] }
    },
    CHECKS,
  )

  addOperation<{ Params: ApiKeyParams }>(
    app,
    context,
    remove,
    async (request, reply) => {
      const refused = await deleteKey(context, actorOf(request), request.params.api_key, reach)
      if (refused) return sendRefusal(request, reply, refused)
      return reply.code(204).send()
    },
    CHECKS,
  )
}
