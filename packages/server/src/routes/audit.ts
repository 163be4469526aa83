import { listAccountAuditEvents, listAuditEvents } from '@countersign/api/calls'
import { accountAuditEvents, auditEvents } from '../actions/audit-events.ts'
import type { ServerContext } from '../server-context.ts'
import type { AddCall } from './add-call.ts'

/** The audit log: for holders the events of their account, for operators all. */
export function addAuditCalls(addCall: AddCall, context: ServerContext): void {
  addCall(listAccountAuditEvents, ({ query, actor }) => accountAuditEvents(context, actor, query))
  addCall(listAuditEvents, async ({ query }) => {
    const page = await auditEvents(context, query)
    return 'denied' in page ? page : { deployment_id: context.deploymentId, ...page, chain: context.auditChain() }
  })
}
