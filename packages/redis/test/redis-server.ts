import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectTo, type ServerConnection } from '../src/server-connection.ts'

/** The program: `COUNTERSIGN_REDIS_SERVER` names another, such as valkey-server. */
const PROGRAM = process.env.COUNTERSIGN_REDIS_SERVER ?? 'redis-server'

/** Whether the tests against Redis can run. Under CI they must; elsewhere one line says what to install. */
export const HAS_REDIS = hasRedis()

/** What still runs when the tests end early. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

function startProgram(words: readonly string[]): ChildProcess {
  const child = spawn(PROGRAM, words, { stdio: 'ignore' })
  child.unref()
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** A Redis of a test's own. */
export interface TestRedis {
  readonly port: number
  readonly url: string
  readonly pid: number
  /** Sends one command on a connection of its own. */
  ask(...command: string[]): Promise<unknown>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Kills it as a power cut does. */
  kill(): Promise<void>
  /** Starts it again on its port, in its folder. */
  start(): Promise<void>
  /** Ends it and removes its folder. */
  remove(): Promise<void>
}

/** Starts a server on a free port, in a folder of its own, without persistence. */
export async function startRedis(...settings: string[]): Promise<TestRedis> {
  const [port = 0] = await freePorts(1)
  const redis = redisOn(port, settings)
  await redis.start()
  return redis
}

/** @param nodes what a node of a cluster knows of the others, by its own port */
function redisOn(port: number, settings: readonly string[], nodes?: (port: number) => string): TestRedis {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-redis-'))
  if (nodes) writeFileSync(join(folder, 'nodes.conf'), nodes(port))
  let child: ChildProcess | undefined
  const redis: TestRedis = {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child?.pid ?? 0
    },
    async ask(...command) {
      const connection = await connectTo({ host: '127.0.0.1', port, isTls: false }, () => undefined, 20_000)
      try {
        return await connection.send(command)
      } finally {
        connection.destroy()
      }
    },
    signal(signal) {
      child?.kill(signal)
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    async start() {
      const common = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
      child = startProgram([...common, '--logfile', join(folder, 'log'), ...settings])
      await untilConnected(port, child)
    },
    async remove() {
      await redis.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return redis
}

/** Starts a Sentinel that watches a master, and answers with its URL and its end. */
export async function startSentinel(
  name: string,
  master: TestRedis,
  replica: TestRedis,
): Promise<{ readonly url: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sentinel-'))
  const [port = 0] = await freePorts(1)
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `logfile ${join(folder, 'log')}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
    `sentinel known-replica ${name} 127.0.0.1 ${replica.port}`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const child = startProgram([file, '--sentinel'])
  await untilConnected(port, child)
  return {
    url: `redis://127.0.0.1:${port}`,
    async remove() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a cluster of three masters. They know each other from the start: to meet would take many seconds. */
export async function startCluster(): Promise<readonly TestRedis[]> {
  const ports = await freePorts(6)
  const nodes = [0, 1, 2].map((i) => ({
    id: randomBytes(20).toString('hex'),
    port: ports[i] ?? 0,
    bus: ports[i + 3] ?? 0,
    slots: ['0-5460', '5461-10922', '10923-16383'][i],
  }))
  const servers = nodes.map(({ port, bus }) => {
    const settings = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-node-timeout', '1000']
    return redisOn(port, settings, (own) =>
      nodes
        .map(({ id, port, bus, slots }, i) => {
          const flags = port === own ? 'myself,master' : 'master'
          return `${id} 127.0.0.1:${port}@${bus} ${flags} - 0 0 ${i + 1} connected ${slots}\n`
        })
        .join('')
        .concat('vars currentEpoch 3 lastVoteEpoch 0\n'),
    )
  })
  try {
    await Promise.all(servers.map((server) => server.start()))
    await Promise.all(servers.map(untilInCluster))
  } catch (error) {
    await Promise.all(servers.map((server) => server.remove()))
    throw error
  }
  return servers
}

/** Waits until a node of a cluster answers for its keys. */
export async function untilInCluster(server: TestRedis): Promise<void> {
  await until(async () => String(await server.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'))
}

/** Waits until something is so, and fails after twenty seconds. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  const endsAt = performance.now() + 20_000
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error('it did not become so')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function untilConnected(port: number, child: ChildProcess): Promise<void> {
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the server on port ${port} ended with ${child.exitCode}`)
    let connection: ServerConnection | undefined
    try {
      connection = await connectTo({ host: '127.0.0.1', port, isTls: false }, () => undefined)
      return String(await connection.send(['PING'])) === 'PONG'
    } catch (error) {
      // It answers, and wants a password.
      return /NOAUTH/.test(String(error))
    } finally {
      connection?.destroy()
    }
  })
}

/** Ports that nobody listens on, below those that the system gives to connections. */
async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = []
  while (held.length < count) {
    const server = createServer()
    const isFree = once(server.listen(randomInt(10_000, 32_000), '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    )
    if (await isFree) held.push(server)
  }
  const ports = held.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(held.map((server) => once(server.close(), 'close')))
  return ports
}

function hasRedis(): boolean {
  if (spawnSync('sh', ['-c', `command -v ${PROGRAM}`], { stdio: 'ignore' }).status === 0) return true
  const note = `${PROGRAM} is not installed: install the package redis-server`
  if (process.env.CI === 'true') throw new Error(note)
  console.warn(`skipped: ${note}`)
  return false
}
