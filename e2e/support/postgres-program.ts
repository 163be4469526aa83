/**
 * A program: runs a PostgreSQL that can be crashed. It takes the folder of PostgreSQL's programs, a new folder for the
 * data, and the user and group to run as. It prints a URL once the database answers and `crashed` or `recovered` upon a line
 * `crash` or `recover` on its standard input; when that closes, the database ends and its data goes.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [programs = '', folder = '', user, group] = process.argv.slice(2)
const owner = { uid: Number(user), gid: Number(group) }
const identity = process.getuid?.() === 0 ? owner : {}
const data = join(folder, 'data')
const logFile = join(folder, 'postgres.log')
const port = await findFreePort()
let server: ChildProcess | undefined

mkdirSync(data, { mode: 0o700 })
if (identity === owner) for (const path of [folder, data]) chownSync(path, owner.uid, owner.gid)
try {
  const options = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  execFileSync(join(programs, 'initdb'), options, { ...identity, stdio: ['ignore', 'ignore', 'inherit'] })
  await start()
  print(`postgres://postgres@127.0.0.1:${port}/postgres`)
  for await (const line of createInterface(process.stdin)) {
    if (line === 'crash') await crash()
    else await start()
    print(line === 'crash' ? 'crashed' : 'recovered')
  }
} finally {
  await crash()
  rmSync(folder, { recursive: true, force: true })
}

async function start(): Promise<void> {
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'log_min_messages=debug1']
  const started = spawn(join(programs, 'postgres'), options, { ...identity, stdio: ['ignore', 'ignore', 'pipe'] })
  server = started
  const ready = new Promise<void>((resolve, reject) => {
    let text = ''
    started.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      appendFileSync(logFile, chunk)
      text = (text + chunk).slice(-100_000)
      if (text.includes('database system is ready to accept connections')) resolve()
    })
    started.once('close', () => reject(new Error(`PostgreSQL did not start:\n${text}`)))
  })
  await ready
}

/** Ends the database and all its processes at once, as a power cut would, but for what the disks still hold in memory. */
async function crash(): Promise<void> {
  if (!server?.pid) return
  const { pid } = server
  const ended = once(server, 'close')
  server = undefined
  for (const each of [pid, ...childrenOf(pid)]) killIfThere(each)
  await ended
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const processes = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return processes.flatMap(([pid = 0, ppid]) => (ppid === parent ? pid : []))
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
