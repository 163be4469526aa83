import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** The ports of 127.0.0.1 that an example uses. */
export interface Ports {
  /** The proxy's, which clients call. */
  readonly public: number
  /** Countersign's control plane. */
  readonly control: number
  /** Countersign's data plane. */
  readonly authorize: number
  /** The API's. */
  readonly api: number
}

/** The ports that stand in the recipes. */
export const STATED_PORTS: Ports = { public: 8080, control: 4100, authorize: 4101, api: 3000 }

/** Ports that are free now, below those that systems hand out by themselves, so that they stay free for a restart. */
export async function findFreePorts(): Promise<Ports> {
  const [open = 0, control = 0, authorize = 0, api = 0] = await Promise.all(Array.from({ length: 4 }, findFreePort))
  return { public: open, control, authorize, api }
}

/** A recipe with other ports than the stated ones. */
export function withPorts(recipe: string, ports: Ports): string {
  return recipe.replace(/(?<=:)(?:8080|4100|4101|3000)\b/g, (stated) => {
    const [name] = Object.entries(STATED_PORTS).find(([, port]) => `${port}` === stated) ?? []
    return `${ports[name as keyof Ports]}`
  })
}

const taken = new Set<number>()

async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_240, 32_000)
    if (taken.has(port) || !(await isFree(port))) continue
    taken.add(port)
    return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  try {
    await once(probe.listen({ host: '127.0.0.1', port }), 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}
