import { getDeployment, getHealth, getReadiness } from '@countersign/api/calls'
import { denied } from '@countersign/gate'
import type { ServerContext } from '../server-context.ts'
import { healthOf, readinessOf } from '../threads/health.ts'
import type { AddCall } from './add-call.ts'

/** Which deployment this is, and whether it works. Public. */
export function addDeploymentCalls(addCall: AddCall, context: ServerContext): void {
  addCall(getDeployment, () => ({ deployment_id: context.deploymentId, time: context.now() }))
  addCall(getHealth, () => healthOf(context.threads()))
  addCall(getReadiness, async ({ log }) => {
    const fault = await context.databaseFault()
    if (fault === undefined) return readinessOf(context.threads())
    log.warn({ err: fault }, 'not ready: the database')
    return denied('service_unavailable')
  })
}
