import type { Deployment, Health } from '@countersign/api'
import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../server-context.ts'
import { addOperation } from './operation.ts'

/** Which deployment this is, and whether it works. Public. */
export function addDeploymentRoutes(app: FastifyInstance, context: ServerContext): void {
  addOperation(app, context, 'getDeployment', async (): Promise<Deployment> => {
    return { deployment_id: context.deploymentId, time: context.now() }
  })

  addOperation(app, context, 'getHealth', async (): Promise<Health> => ({ status: 'ok' }))

  addOperation(app, context, 'getReadiness', async (): Promise<Health> => {
    await context.database.ping()
    return { status: 'ok' }
  })
}
