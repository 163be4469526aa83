import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '@countersign/server'
import { afterAll, beforeEach, type TestContext } from 'vitest'
import { findFreePorts, type Ports } from '../../../examples/support/ports.ts'
import type { Program } from '../../../examples/support/program.ts'
import { type ProxyKind, startProxy } from '../../../examples/support/proxies.ts'
import { type Database, openDatabase } from '../../../packages/server/src/storage/database.ts'
import { type FreshDatabase, freshDatabase } from '../../../packages/server/test/fresh-database.ts'
import { requireTool } from '../require-tool.ts'
import { NO_STOCK, type ServerProcess, startServerProcess } from '../server-process.ts'
import { newFolder } from './new-folder.ts'
import { startUpstream, type Upstream } from './upstream.ts'

export type { ProxyKind } from '../../../examples/support/proxies.ts'

/** The proxies that all suites here run through, each the real program. */
export const PROXIES = ['nginx', 'caddy'] as const satisfies readonly ProxyKind[]

/** A real proxy before an API, with a real Countersign beside it. */
export interface Proxied {
  /** Where clients call. */
  readonly port: number
  readonly ports: Ports
  readonly databaseUrl: string
  readonly database: Database
  readonly upstream: Upstream
  readonly proxy: Program
  /** Countersign as it runs now. */
  server(): ServerProcess
  /** Ends Countersign at once, as a crash would. */
  killServer(): Promise<void>
  /** Starts Countersign again, at the same ports, on what it left. */
  restartServer(): Promise<void>
  close(): Promise<void>
}

/** What may differ from the recipe and from a server as it is. */
export interface ProxiedOptions {
  /** Changes the recipe before the proxy reads it. */
  readonly edit?: (recipe: string) => string
  readonly config?: Config
  readonly workers?: number
}

/** Skips a test where the proxy is not installed, and fails it where it must be. */
export function requireProxy(context: TestContext, kind: ProxyKind): void {
  const debian = `/usr/sbin/${kind}`
  requireTool(context, existsSync(debian) ? debian : kind, kind)
}

/** One for all tests of a suite, started with the first; they are skipped where the proxy is not installed. */
export function useProxied(kind: ProxyKind, options: ProxiedOptions = {}): () => Proxied {
  let proxied: Proxied | undefined
  beforeEach(async (context) => {
    requireProxy(context, kind)
    proxied ??= await startProxied(kind, options)
  })
  afterAll(() => proxied?.close())
  return () => {
    if (!proxied) throw new Error(`${kind} has not started`)
    return proxied
  }
}

/** Starts API, Countersign in a process of its own, and the proxy with the recipe of its example. */
export async function startProxied(kind: ProxyKind, options: ProxiedOptions = {}): Promise<Proxied> {
  const { edit, config, workers = 1 } = options
  const ports = await findFreePorts()
  const opened: (() => Promise<unknown>)[] = []
  const closeAll = async () => {
    for (let close = opened.pop(); close; close = opened.pop()) await close()
  }
  try {
    const files: FreshDatabase = await freshDatabase('sqlite')
    opened.push(() => files.remove())
    const folder = await newFolder()
    opened.push(() => folder.remove())
    const configFile = join(folder.path, 'countersign.config.json')
    await writeFile(configFile, JSON.stringify({ authorize: { source: kind }, ...NO_STOCK, ...config }))
    const start = () =>
      startServerProcess({
        databaseUrl: files.url,
        env: {
          COUNTERSIGN_CONFIG: configFile,
          COUNTERSIGN_PORT: `${ports.control}`,
          COUNTERSIGN_AUTHORIZE_PORT: `${ports.authorize}`,
          COUNTERSIGN_WORKERS: `${workers}`,
        },
      })
    let server = await start()
    const killServer = async () => {
      server.kill()
      await server.ended
    }
    opened.push(killServer)
    const database = await openDatabase(files.url)
    opened.push(() => database.close())
    const upstream = await startUpstream(ports.api)
    opened.push(() => upstream.close())
    const proxy = await startProxy(kind, { ports, ...(edit && { edit }) })
    opened.push(() => proxy.stop())
    return {
      port: ports.public,
      ports,
      databaseUrl: files.url,
      database,
      upstream,
      proxy,
      server: () => server,
      killServer,
      async restartServer() {
        server = await start()
      },
      close: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}
