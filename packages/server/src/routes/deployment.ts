import type { Deployment } from '@countersign/api'
import { denied } from '@countersign/gate'
import type { FastifyInstance } from 'fastify'
import { sendRefusal } from '../problem.ts'
import type { ServerContext } from '../server-context.ts'
import { healthOf, readinessOf } from '../threads/health.ts'
import { addOperation } from './operation.ts'

/** Which deployment this is, and whether it works. Public. */
export function addDeploymentRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation(app, context, 'getDeployment', async (): Promise<Deployment> => {
    return { deployment_id: context.deploymentId, time: context.now() }
  })

  addOperation(app, context, 'getHealth', async (request, reply) => {
    const health = healthOf(context.threads())
    return 'denied' in health ? sendRefusal(request, reply, health) : health
  })

  addOperation(app, context, 'getReadiness', async (request, reply) => {
    const fault = await context.databaseFault()
    if (fault !== undefined) {
      request.log.warn({ err: fault }, 'not ready: the database')
      return sendRefusal(request, reply, denied('service_unavailable'))
    }
    const readiness = readinessOf(context.threads())
    return 'denied' in readiness ? sendRefusal(request, reply, readiness) : readiness
  })
}
