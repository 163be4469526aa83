import type { CreateLinkRequest, PreviewLinkRequest, SessionParams, StartSessionRequest } from '@countersign/api'
import { denied } from '@countersign/gate'
import type { FastifyInstance } from 'fastify'
import { createLink } from '../actions/create-link.ts'
import { endOtherSessions, endSession } from '../actions/end-sessions.ts'
import { listAccountSessions, listSessions } from '../actions/list-sessions.ts'
import { previewLink } from '../actions/preview-link.ts'
import { startSession } from '../actions/start-session.ts'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { linkUrl } from '../sessions/link-code.ts'
import { NONCE_HEADER } from '../sessions/server-nonce.ts'
import { actorOf, principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { limitAddress } from './limit-address.ts'
import { addOperation } from './operation.ts'

/** Signing a browser in by a link, and out (DESIGN.md "Dashboard sign-in"). */
export function addSessionRoutes(app: FastifyInstance, context: ServerContext): void {
  const checks = [refuseSubaccountKeys]
  const limited = [limitAddress(context)]

  addOperation<{ Body: PreviewLinkRequest }>(
    app,
    context,
    'previewLink',
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return previewLink(context, request.body.code_sha256)
    },
    limited,
  )

  addOperation<{ Body: StartSessionRequest }>(
    app,
    context,
    'startSession',
    async (request, reply) => {
      const started = await startSession(context, request.body, request.ip)
      if ('denied' in started) return sendRefusal(request, reply, started)
      reply.code(201).header('cache-control', 'no-store').header(NONCE_HEADER, context.nonces.make(context.now()))
      return started
    },
    limited,
  )

  addOperation(
    app,
    context,
    'listSessions',
    async (request) => {
      const { accountId, keyId } = principalOf(request)
      return { sessions: await listSessions(context, accountId, keyId) }
    },
    checks,
  )

  addOperation<{ Params: SessionParams }>(
    app,
    context,
    'endSession',
    async (request, reply) => {
      const actor = actorOf(request)
      const refused = await endSession(context, actor, actor.accountId, request.params.session)
      return refused ? sendRefusal(request, reply, refused) : reply.code(204).send()
    },
    checks,
  )

  addOperation(
    app,
    context,
    'endOtherSessions',
    async (request) => {
      const actor = actorOf(request)
      return { ended: await endOtherSessions(context, actor, actor.accountId) }
    },
    checks,
  )
}

/** Sign-in links for customers, and their sessions, for operators. */
export function addAdminSessionRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation<{ Body: CreateLinkRequest }>(app, context, 'createLink', async (request, reply) => {
    // The operator's signature covers the host where no public URL is configured.
    const origin = context.settings.publicUrl ?? `http://${request.headers.host}`
    if (!URL.canParse(origin))
      return sendRefusal(request, reply, denied('request_malformed', 'the Host header is none'))
    const made = await createLink(context, actorOf(request), request.body)
    if ('denied' in made) return sendRefusal(request, reply, made)
    reply.code(201).header('cache-control', 'no-store')
    return { link_id: made.linkId, url: linkUrl(new URL(origin).origin, made.code), expires_at: made.expiresAt }
  })

  addOperation<{ Params: { account: string } }>(app, context, 'listAccountSessions', async (request, reply) => {
    const sessions = await listAccountSessions(context, request.params.account, principalOf(request).keyId)
    return sessions ? { sessions } : sendRefusal(request, reply, denied('not_found'))
  })

  addOperation<{ Params: { account: string; session: string } }>(
    app,
    context,
    'endAccountSession',
    async (request, reply) => {
      const { account, session } = request.params
      const refused = await endSession(context, actorOf(request), account, session)
      return refused ? sendRefusal(request, reply, refused) : reply.code(204).send()
    },
  )
}
