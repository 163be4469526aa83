import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Program, startProgram } from '../../examples/support/program.ts'
import type { NodePorts } from './deployment-ports.ts'

const COUNTERSIGN = fileURLToPath(new URL('../../packages/cli/bin/countersign.js', import.meta.url))
const CONFIG = fileURLToPath(new URL('../../examples/caddy/countersign.config.ts', import.meta.url))

/** What a node needs. */
export interface NodeOptions extends NodePorts {
  readonly databaseUrl: string
  readonly redisUrl: string
  /** Holds the deployment's key, which all nodes share. */
  readonly folder: string
}

/** Starts one node with both planes. */
export function startNode({ control, authorize, databaseUrl, redisUrl, folder }: NodeOptions): Promise<Program> {
  return startProgram({
    command: process.execPath,
    args: [COUNTERSIGN, 'serve'],
    env: {
      COUNTERSIGN_CONFIG: CONFIG,
      COUNTERSIGN_DATABASE_URL: databaseUrl,
      COUNTERSIGN_REDIS_URL: redisUrl,
      COUNTERSIGN_DEPLOYMENT_KEY_FILE: join(folder, 'deployment-key.pem'),
      COUNTERSIGN_PORT: `${control}`,
      COUNTERSIGN_AUTHORIZE_PORT: `${authorize}`,
    },
    listensOn: [control, authorize],
  })
}
