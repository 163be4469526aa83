import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '@countersign/server'
import { type DeploymentPorts, findDeploymentPorts } from '../../../deploy/support/deployment-ports.ts'
import { startRedis, type TestRedis } from '../../../packages/redis/test/redis-server.ts'
import { type Database, openDatabase } from '../../../packages/server/src/storage/database.ts'
import { freshDatabase } from '../../../packages/server/test/fresh-database.ts'
import { type OwnPostgres, startOwnPostgres } from '../own-postgres.ts'
import { newFolder } from '../proxy/new-folder.ts'
import { NO_STOCK, type ServerProcess, startServerProcess } from '../server-process.ts'

/** Several nodes over one PostgreSQL and one Redis, each in a process of its own. */
export interface Nodes extends AsyncDisposable {
  readonly ports: DeploymentPorts
  readonly nodes: readonly Node[]
  readonly redis: TestRedis
  /** Absent unless a PostgreSQL of its own was wanted. */
  readonly postgres: OwnPostgres | undefined
  readonly databaseUrl: string
  /** Another connection to the database. */
  readonly database: Database
}

/** One `countersign serve`, at ports that stay the same over its restarts. */
export interface Node {
  readonly control: number
  readonly authorize: number
  /** The process as it runs now. */
  process(): ServerProcess
  /** Kills it as a power cut does. */
  kill(): Promise<void>
  restart(): Promise<void>
}

/** What may differ. */
export interface NodesOptions {
  readonly count?: number
  readonly config?: Config
  /** Whether PostgreSQL must be one that can be crashed. */
  readonly ownPostgres?: boolean
}

/** Starts them. */
export async function startNodes({ count = 3, config, ownPostgres = false }: NodesOptions = {}): Promise<Nodes> {
  await using opened = new AsyncDisposableStack()
  const ports = await findDeploymentPorts(count)
  const folder = opened.adopt(await newFolder(), (it) => it.remove())
  const postgres = ownPostgres ? opened.adopt(await startOwnPostgres(), (it) => it.remove()) : undefined
  const databaseUrl = postgres?.url ?? opened.adopt(await freshDatabase('postgres'), (it) => it.remove()).url
  const redis = opened.adopt(await startRedis('--maxmemory-policy', 'noeviction'), (it) => it.remove())
  const configFile = join(folder.path, 'countersign.config.json')
  await writeFile(configFile, JSON.stringify({ ...NO_STOCK, ...config }))
  const start = (control: number, authorize: number) =>
    startServerProcess({
      databaseUrl,
      folder: folder.path,
      env: {
        COUNTERSIGN_CONFIG: configFile,
        COUNTERSIGN_REDIS_URL: redis.url,
        COUNTERSIGN_PORT: `${control}`,
        COUNTERSIGN_AUTHORIZE_PORT: `${authorize}`,
      },
    })
  const nodes: Node[] = []
  // The first one migrates the database and makes the deployment's key.
  for (const { control, authorize } of ports.nodes) {
    let server = await start(control, authorize)
    const kill = async () => {
      server.kill()
      await server.ended
    }
    opened.defer(kill)
    const restart = async () => {
      server = await start(control, authorize)
    }
    nodes.push({ control, authorize, process: () => server, kill, restart })
  }
  const database = opened.adopt(await openDatabase(databaseUrl), (it) => it.close())
  const all = opened.move()
  return { ports, nodes, redis, postgres, databaseUrl, database, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
