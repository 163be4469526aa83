import { fileURLToPath } from 'node:url'
import { type Program, startProgram } from '../../examples/support/program.ts'
import type { DeploymentPorts } from './deployment-ports.ts'

const CADDYFILE = fileURLToPath(new URL('../Caddyfile', import.meta.url))

/** Starts Caddy before all nodes and the API. It keeps its files in the folder. */
export function startCaddy(folder: string, ports: DeploymentPorts): Promise<Program> {
  const addresses = (all: readonly number[]) => all.map((port) => `127.0.0.1:${port}`).join(' ')
  return startProgram({
    command: 'caddy',
    args: ['run', '--adapter', 'caddyfile', '--config', CADDYFILE],
    env: {
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_DATA_HOME: folder,
      PORT: `${ports.public}`,
      CONTROL_PLANES: addresses(ports.nodes.map(({ control }) => control)),
      DATA_PLANES: addresses(ports.nodes.map(({ authorize }) => authorize)),
      API: addresses([ports.api]),
    },
    listensOn: [ports.public],
  })
}
