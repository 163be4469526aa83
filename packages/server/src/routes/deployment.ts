import { getDeployment, getHealth, getReadiness } from '@countersign/api/calls'
import { denied } from '@countersign/gate'
import { keepFor } from '../http/keep-for.ts'
import type { ServerContext } from '../server-context.ts'
import { healthOf, readinessOf } from '../threads/health.ts'
import type { AddCall } from './add-call.ts'

/** How long a result of the database check counts, in milliseconds. */
const LOOKED_AT_MS = 1_000

/** The calls about this deployment, and whether it works. Public. */
export function addDeploymentCalls(addCall: AddCall, context: ServerContext): void {
  addCall(getDeployment, () => ({ deployment_id: context.deploymentId, time: context.now() }))
  addCall(getHealth, () => healthOf(context.threads()))
  // Anyone may ask, and each check costs the database some work.
  const databaseFault = keepFor(LOOKED_AT_MS, context.databaseFault, context.now)
  addCall(getReadiness, async ({ log }) => {
    const fault = await databaseFault()
    if (fault === undefined) return readinessOf(context.threads())
    log.warn({ err: fault }, 'not ready: the database')
    return denied('service_unavailable')
  })
}
