import type {
  AccountParams,
  CreateAccountRequest,
  CreateKeyRequest,
  GenerateKeyRequest,
  ListAccountsQuery,
  ListAllKeysQuery,
  SuspendAccountRequest,
  UpdateAccountRequest,
} from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createAccount } from '../actions/create-account.ts'
import { createKey } from '../actions/create-key.ts'
import { generateKey } from '../actions/generate-key.ts'
import { describeAccount, listAccounts } from '../actions/list-accounts.ts'
import { listKeyDetails } from '../actions/list-keys.ts'
import { setAccountSuspended } from '../actions/set-account-suspended.ts'
import { updateAccount } from '../actions/update-account.ts'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { addKeyRoutes } from './api-keys.ts'
import { actorOf, principalOf } from './authenticate.ts'
import { addOperation } from './operation.ts'
import { repeatableCall } from './repeatable-call.ts'
import { addOpenRotationRoutes } from './rotations.ts'

/** What operators do: accounts, and the keys of all of them. */
export function addAdminRoutes(app: FastifyInstance, context: ServerContext): void {
  addAccountsRoutes(app, context)
  addKeysOfAccountRoutes(app, context)
  addKeyRoutes(app, context, 'all', {
    get: 'getAnyApiKey',
    update: 'updateAnyApiKey',
    disable: 'disableAnyApiKey',
    enable: 'enableAnyApiKey',
    revoke: 'revokeAnyApiKey',
    remove: 'deleteAnyApiKey',
  })
  addOpenRotationRoutes(app, context, 'all', {
    get: 'getAnyRotation',
    finish: 'finishAnyRotation',
    abort: 'abortAnyRotation',
  })
}

function addAccountsRoutes(app: FastifyInstance, context: ServerContext): void {
  /** A change, answered with the account as it is then. */
  async function answer(
    request: FastifyRequest<{ Params: AccountParams }>,
    reply: FastifyReply,
    refused: Denied | undefined,
  ) {
    if (refused) return sendRefusal(request, reply, refused)
    const account = await describeAccount(context, request.params.account)
    return account ?? sendRefusal(request, reply, denied('not_found'))
  }

  addOperation<{ Body: CreateAccountRequest }>(app, context, 'createAccount', async (request, reply) => {
    const made = await createAccount(context, actorOf(request), request.body)
    if ('denied' in made) return sendRefusal(request, reply, made)
    reply.code(201)
    return describeAccount(context, made.accountId)
  })

  addOperation<{ Querystring: ListAccountsQuery }>(app, context, 'listAccounts', async (request, reply) => {
    const page = await listAccounts(context, request.query)
    return 'denied' in page ? sendRefusal(request, reply, page) : page
  })

  addOperation<{ Params: AccountParams }>(app, context, 'getAccount', async (request, reply) =>
    answer(request, reply, undefined),
  )

  addOperation<{ Params: AccountParams; Body: UpdateAccountRequest }>(
    app,
    context,
    'updateAccount',
    async (request, reply) => {
      const { account } = request.params
      return answer(request, reply, await updateAccount(context, actorOf(request), account, request.body))
    },
  )

  addOperation<{ Params: AccountParams; Body: SuspendAccountRequest }>(
    app,
    context,
    'suspendAccount',
    async (request, reply) => {
      const { account } = request.params
      return answer(request, reply, await setAccountSuspended(context, actorOf(request), account, true, request.body))
    },
  )

  addOperation<{ Params: AccountParams }>(app, context, 'unsuspendAccount', async (request, reply) => {
    const { account } = request.params
    return answer(request, reply, await setAccountSuspended(context, actorOf(request), account, false))
  })
}

function addKeysOfAccountRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation<{ Querystring: ListAllKeysQuery }>(app, context, 'listAllApiKeys', async (request, reply) => {
    const page = await listKeyDetails(context, principalOf(request), 'all', request.query)
    return 'denied' in page ? sendRefusal(request, reply, page) : page
  })

  addOperation<{ Params: AccountParams; Body: CreateKeyRequest }>(
    app,
    context,
    'createAccountKey',
    async (request, reply) => {
      const call = repeatableCall(request, 'createAccountKey')
      if (call && 'denied' in call) return sendRefusal(request, reply, call)
      const options = { accountId: request.params.account, reach: 'all', ...(call && { call }) } as const
      const made = await createKey(context, actorOf(request), request.body, options)
      if ('denied' in made) return sendRefusal(request, reply, made)
      reply.code(201)
      return { api_key_id: made.apiKeyId }
    },
  )

  addOperation<{ Params: AccountParams; Body: GenerateKeyRequest }>(
    app,
    context,
    'generateAccountKey',
    async (request, reply) => {
      const call = repeatableCall(request, 'generateAccountKey')
      if (call && 'denied' in call) return sendRefusal(request, reply, call)
      const options = { accountId: request.params.account, reach: 'all', ...(call && { call }) } as const
      const made = await generateKey(context, actorOf(request), request.body, options)
      if ('denied' in made) return sendRefusal(request, reply, made)
      reply.code(201).header('cache-control', 'no-store')
      return { api_key_id: made.apiKeyId, private_key: made.privateKey, key_type: made.keyType }
    },
  )
}
