import { Agent, request } from 'node:http'
import { accessHeaders, type KeyHolder } from '../key-holder.ts'
import type { Nodes } from './start-nodes.ts'

/** A signed request, as a proxy tells it. Each copy is the same. */
export interface Order {
  readonly headers: Readonly<Record<string, string>>
}

/** Asks the data planes of all nodes over connections that are kept. */
export interface AskedNodes extends Disposable {
  /** The status for the caller; `undefined` if the node gave no answer. */
  send(node: number, order: Order): Promise<number | undefined>
}

/** A node that stands still for 10 s answers after that; what has not answered after this time never will. */
const LOST_AFTER_MS = 20_000

/** Signs a request now. */
export function signOrder(as: KeyHolder, method: string, target: string): Order {
  return {
    headers: { ...accessHeaders(as, method, target), 'X-Original-Method': method, 'X-Original-URI': target },
  }
}

/** Asks as nginx does. */
export function askNodes({ nodes }: Nodes): AskedNodes {
  const agents = nodes.map(() => new Agent({ keepAlive: true, maxSockets: 24 }))
  return {
    send: (node, { headers }) =>
      new Promise((resolve) => {
        const port = nodes[node]?.authorize
        const asked = request({ agent: agents[node], host: '127.0.0.1', port, path: '/authorize', headers })
        const lost = setTimeout(() => asked.destroy(), LOST_AFTER_MS)
        const end = (status: number | undefined) => {
          clearTimeout(lost)
          resolve(status)
        }
        asked.once('error', () => end(undefined))
        asked.once('response', (response) => {
          response.resume().once('error', () => end(undefined))
          response.once('end', () => end(Number(response.headers['x-countersign-status'] ?? response.statusCode)))
        })
        asked.end()
      }),
    [Symbol.dispose]() {
      for (const agent of agents) agent.destroy()
    },
  }
}
