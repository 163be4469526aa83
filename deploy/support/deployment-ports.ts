import { findFreePorts } from '../../examples/support/ports.ts'

/** The ports of 127.0.0.1 that a deployment uses. */
export interface DeploymentPorts {
  /** Caddy's, which clients call. */
  readonly public: number
  /** The API's. */
  readonly api: number
  readonly redis: number
  readonly nodes: readonly NodePorts[]
}

/** The ports of one node. */
export interface NodePorts {
  readonly control: number
  readonly authorize: number
}

/** The ports of `deploy/start.ts`. Redis has another than its usual one, where yours may run. */
export const STATED_PORTS: DeploymentPorts = {
  public: 8080,
  api: 3000,
  redis: 4190,
  nodes: [
    { control: 4100, authorize: 4101 },
    { control: 4110, authorize: 4111 },
  ],
}

/** Ports that are free now. */
export async function findDeploymentPorts(nodes: number): Promise<DeploymentPorts> {
  const { public: open, api, control: redis } = await findFreePorts()
  const found: NodePorts[] = []
  for (let i = 0; i < nodes; i++) {
    const { control, authorize } = await findFreePorts()
    found.push({ control, authorize })
  }
  return { public: open, api, redis, nodes: found }
}
