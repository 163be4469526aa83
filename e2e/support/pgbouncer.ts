import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A PgBouncer in transaction mode before a PostgreSQL. */
export interface PgBouncer {
  /** The same database, by way of it. */
  route(databaseUrl: string): string
  close(): Promise<void>
}

/** Starts one that opens at most `poolSize` connections to each database. */
export async function startPgBouncer(serverUrl: string, poolSize: number): Promise<PgBouncer> {
  const { hostname, port, username, password } = new URL(serverUrl)
  const folder = await mkdtemp(join(tmpdir(), 'countersign-pgbouncer-'))
  const ownPort = await findFreePort()
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(
    config,
    `[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
`,
  )
  // It refuses to run as root.
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if ('uid' in identity) {
    await chmod(folder, 0o755)
    await chmod(config, 0o644)
  }
  const env = { PATH: `${process.env.PATH}:/usr/sbin` }
  const program = spawn('pgbouncer', ['-q', config], { ...identity, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = once(program, 'close')
  const end = () => program.kill('SIGKILL')
  process.once('exit', end)
  while (!(await accepts(ownPort))) {
    if (program.exitCode !== null) throw new Error(`PgBouncer ended:\n${log}`)
    await sleep(20)
  }
  return {
    route: (databaseUrl) => Object.assign(new URL(databaseUrl), { port: String(ownPort) }).href,
    async close() {
      process.removeListener('exit', end)
      end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isOpen
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
