import { afterAll, beforeEach } from 'vitest'
import { startCaddy } from '../../../deploy/support/start-caddy.ts'
import { HAS_REDIS } from '../../../packages/redis/test/redis-server.ts'
import type { Database } from '../../../packages/server/src/storage/database.ts'
import { newFolder } from '../proxy/new-folder.ts'
import { requireProxy } from '../proxy/proxied.ts'
import { startUpstream } from '../proxy/upstream.ts'
import { startNodes } from './start-nodes.ts'

/** Three nodes behind Caddy, which asks them in turn, and an API. */
export interface BalancedNodes extends AsyncDisposable {
  /** Where clients call. */
  readonly port: number
  readonly databaseUrl: string
  readonly database: Database
}

/** One for all tests of a suite, started with the first; they are skipped where Redis or Caddy is not installed. */
export function useNodes(): () => BalancedNodes {
  let nodes: BalancedNodes | undefined
  beforeEach(async (context) => {
    if (!HAS_REDIS) context.skip()
    requireProxy(context, 'caddy')
    nodes ??= await startBalancedNodes()
  })
  afterAll(() => nodes?.[Symbol.asyncDispose]())
  return () => {
    if (!nodes) throw new Error('the nodes have not started')
    return nodes
  }
}

async function startBalancedNodes(): Promise<BalancedNodes> {
  await using opened = new AsyncDisposableStack()
  const { ports, databaseUrl, database } = opened.use(await startNodes({ config: { authorize: { source: 'caddy' } } }))
  opened.adopt(await startUpstream(ports.api), (it) => it.close())
  const folder = opened.adopt(await newFolder(), (it) => it.remove())
  opened.adopt(await startCaddy(folder.path, ports), (it) => it.stop())
  const all = opened.move()
  return { port: ports.public, databaseUrl, database, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
