import type { ApiKeyParams, CreateKeyRequest, GenerateKeyRequest, ListKeysQuery, WhoAmI } from '@countersign/api'
import { denied, type Principal } from '@countersign/gate'
import type { FastifyInstance } from 'fastify'
import { createKey } from '../actions/create-key.ts'
import { deleteKey } from '../actions/delete-key.ts'
import { describeKey } from '../actions/describe-key.ts'
import { generateKey } from '../actions/generate-key.ts'
import { listKeys } from '../actions/list-keys.ts'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { actorOf, principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { addOperation } from './operation.ts'

/** The calls that key holders manage their keys with (contract.md section 1). */
export function addApiKeyRoutes(app: FastifyInstance, context: ServerContext): void {
  const checks = [refuseSubaccountKeys]

  addOperation<{ Body: GenerateKeyRequest }>(
    app,
    context,
    'generateApiKey',
    async (request, reply) => {
      const made = await generateKey(context, actorOf(request), request.body)
      if ('denied' in made) return sendRefusal(request, reply, made)
      reply.code(201).header('cache-control', 'no-store')
      return { api_key_id: made.apiKeyId, private_key: made.privateKey, key_type: made.keyType }
    },
    checks,
  )

  addOperation<{ Body: CreateKeyRequest }>(
    app,
    context,
    'createApiKey',
    async (request, reply) => {
      const made = await createKey(context, actorOf(request), request.body)
      if ('denied' in made) return sendRefusal(request, reply, made)
      reply.code(201)
      return { api_key_id: made.apiKeyId }
    },
    checks,
  )

  addOperation<{ Querystring: ListKeysQuery }>(
    app,
    context,
    'listApiKeys',
    async (request, reply) => {
      if (request.query.fcm_subtrader_id !== undefined) {
        return sendRefusal(request, reply, denied('fcm_membership_required'))
      }
      return { api_keys: await listKeys(context, principalOf(request)) }
    },
    checks,
  )

  addOperation<{ Params: ApiKeyParams }>(
    app,
    context,
    'getApiKey',
    async (request, reply) => {
      const key = await describeKey(context, principalOf(request), request.params.api_key)
      return key ?? sendRefusal(request, reply, denied('not_found'))
    },
    checks,
  )

  addOperation(app, context, 'whoAmI', async (request): Promise<WhoAmI> => toWhoAmI(principalOf(request)))

  addOperation<{ Params: ApiKeyParams }>(
    app,
    context,
    'deleteApiKey',
    async (request, reply) => {
      const refused = await deleteKey(context, actorOf(request), request.params.api_key)
      if (refused) return sendRefusal(request, reply, refused)
      return reply.code(204).send()
    },
    checks,
  )
}

function toWhoAmI({ accountId, externalId, keyId, scopes, subaccount, tier, profile }: Principal): WhoAmI {
  return {
    account_id: accountId,
    api_key_id: keyId,
    scopes: [...scopes],
    usage_tier: tier,
    profile,
    ...(externalId !== undefined && { external_id: externalId }),
    ...(subaccount !== undefined && { subaccount }),
  }
}
