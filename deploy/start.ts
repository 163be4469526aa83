import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap } from '@countersign/server'
import { createProviderApi } from '../examples/support/provider-api.ts'
import { type DeploymentPorts, findDeploymentPorts, STATED_PORTS } from './support/deployment-ports.ts'
import { startCaddy } from './support/start-caddy.ts'
import { startNode } from './support/start-node.ts'
import { startPostgres } from './support/start-postgres.ts'
import { startRedis } from './support/start-redis.ts'

const BALANCE = '/trade-api/v2/portfolio/balance'
const NODES = 2

await runDeployment(process.argv.slice(2))

/**
 * Runs two nodes of Countersign over one PostgreSQL and one Redis, an API, and Caddy before them, as processes of this
 * machine, until Ctrl-C. What it starts keeps its data in a folder that goes at the end. COUNTERSIGN_DATABASE_URL and
 * COUNTERSIGN_REDIS_URL name databases that are there already.
 *
 * @param argv `--free-ports` uses ports that are free instead of the stated ones
 */
async function runDeployment(argv: readonly string[]): Promise<void> {
  const unknown = argv.find((word) => word !== '--free-ports')
  if (unknown !== undefined) throw new TypeError(`unknown option ${unknown}; there is --free-ports`)
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const ports = argv.includes('--free-ports') ? await findDeploymentPorts(NODES) : STATED_PORTS
  await using started = new AsyncDisposableStack()
  const folder = started.adopt(await mkdtemp(join(tmpdir(), 'countersign-deployment-')), (path) =>
    rm(path, { recursive: true, force: true }),
  )
  const ended: Promise<never>[] = []
  const watch = (name: string, program: { readonly ended: Promise<unknown> }) => {
    const over = program.ended.then((): Promise<never> => Promise.reject(new Error(`${name} ended by itself`)))
    // What is stopped at the end rejects too, when nobody waits any more.
    over.catch(() => undefined)
    ended.push(over)
  }
  const given = process.env
  let databaseUrl = given.COUNTERSIGN_DATABASE_URL
  if (!databaseUrl) {
    const postgres = started.adopt(await startPostgres(), (it) => it.stop())
    watch('PostgreSQL', postgres)
    databaseUrl = postgres.url
  }
  let redisUrl = given.COUNTERSIGN_REDIS_URL
  if (!redisUrl) {
    const redis = started.adopt(await startRedis(folder, ports.redis), (it) => it.stop())
    watch('Redis', redis)
    redisUrl = `redis://127.0.0.1:${ports.redis}`
  }
  const { apiKey } = await bootstrap({ databaseUrl, accountName: 'demo' })
  const keyFile = join(folder, 'demo.pem')
  await writeFile(keyFile, apiKey.privateKey, { mode: 0o600 })

  // One after another: the first one migrates the database and makes the deployment's key.
  for (const [i, node] of ports.nodes.entries()) {
    const program = started.adopt(await startNode({ ...node, databaseUrl, redisUrl, folder }), (it) => it.stop())
    watch(`node ${i + 1}`, program)
  }
  const api = createProviderApi(print)
  api.listen({ host: '127.0.0.1', port: ports.api })
  await once(api, 'listening')
  started.defer(() => void api.close().closeAllConnections())
  const caddy = started.adopt(await startCaddy(folder, ports), (it) => it.stop())
  watch('Caddy', caddy)

  print(greeting(ports, databaseUrl, redisUrl, apiKey.apiKeyId, keyFile))
  await Promise.race([stopped, ...ended])
}

function greeting(
  { public: port, nodes }: DeploymentPorts,
  databaseUrl: string,
  redisUrl: string,
  keyId: string,
  keyFile: string,
): string {
  const url = `http://127.0.0.1:${port}`
  const key = `--key-id ${keyId} --key-file ${keyFile}`
  return [
    `Caddy listens on ${url}, with ${nodes.length} nodes of Countersign and an API behind it. Ctrl-C stops everything.`,
    ...nodes.map(({ control, authorize }, i) => `  node ${i + 1}     http://127.0.0.1:${control} and :${authorize}`),
    `  database   ${databaseUrl.replace(/:[^:@/]*@/, ':***@')}`,
    `  redis      ${redisUrl.replace(/:[^:@/]*@/, ':***@')}`,
    '',
    'In another terminal:',
    `  npx countersign sign GET ${BALANCE} --url ${url} ${key} | curl -sS -H @- ${url}${BALANCE}`,
    `  npx countersign keys list --url ${url} ${key}`,
    '',
    'Who called the API:',
  ].join('\n')
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
