import type { AccountAuditQuery, AuditQuery } from '@countersign/api'
import type { FastifyInstance } from 'fastify'
import { accountAuditEvents, auditEvents } from '../actions/audit-events.ts'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { principalOf, refuseSubaccountKeys } from './authenticate.ts'
import { addOperation } from './operation.ts'

/** What was changed, and by whom: of their own account for holders, all of it for operators. */
export function addAuditRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation<{ Querystring: AccountAuditQuery }>(
    app,
    context,
    'listAccountAuditEvents',
    async (request, reply) => {
      const page = await accountAuditEvents(context, principalOf(request), request.query)
      return 'denied' in page ? sendRefusal(request, reply, page) : page
    },
    [refuseSubaccountKeys],
  )

  addOperation<{ Querystring: AuditQuery }>(app, context, 'listAuditEvents', async (request, reply) => {
    const page = await auditEvents(context, request.query)
    if ('denied' in page) return sendRefusal(request, reply, page)
    return { deployment_id: context.deploymentId, ...page, chain: context.auditChain() }
  })
}
