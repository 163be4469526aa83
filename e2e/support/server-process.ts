import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The server in a process of its own, started as an operator starts it. */
export interface ServerProcess {
  /** Where it listens. */
  readonly url: string
  readonly pid: number
  /** The log: everything that it wrote to standard output. */
  stdout(): string
  stderr(): string
  /** Sends a signal to it alone. */
  signal(name: NodeJS.Signals): void
  /** Ends its whole process group with SIGKILL, at once. */
  kill(): void
  /** How it ended, once it has. */
  readonly ended: Promise<Ended>
}

/** How a process ended: with an exit code, or by a signal. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What may differ from a server as it is. */
export interface ServerProcessOptions {
  readonly databaseUrl: string
  /** Where it runs; the temporary folder of the run by default. */
  readonly folder?: string
  /** Environment variables beside the database's. */
  readonly env?: Readonly<Record<string, string>>
  /** Options for Node, before the program. */
  readonly nodeOptions?: readonly string[]
  /** Starts the command line; by default this Node, from the sources. */
  readonly command?: readonly string[]
}

const PROGRAM = fileURLToPath(new URL('../../packages/cli/bin/countersign.js', import.meta.url))
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))
const START_WITHIN_MS = 30_000

/** Key pairs made ahead, which few tests use, would take more of the processor than many a suite. */
export const NO_STOCK = { keyPairs: { ahead: 0 } } as const
const NO_STOCK_FILE = fileURLToPath(new URL('no-stock.json', import.meta.url))

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) killGroup(child)
})

/** Starts the server on a port that the system chooses, and waits until it listens. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const spawned = spawnServer(options)
  const outcome = await Promise.race([
    spawned.listening.then((url) => ({ url })),
    spawned.ended.then(({ code, signal }) => ({ problem: `ended with ${code ?? signal}` })),
    sleep(START_WITHIN_MS, { problem: 'took too long' }, { ref: false }),
  ])
  if ('url' in outcome) return { ...spawned, url: outcome.url }
  spawned.kill()
  throw new Error(`the server's start ${outcome.problem}:\n${spawned.stdout()}${spawned.stderr()}`)
}

/** A server process that may not listen yet, or never. */
export type SpawnedServer = Omit<ServerProcess, 'url'> & { readonly listening: Promise<string> }

/** Starts the server and returns at once. */
export function spawnServer({
  databaseUrl,
  folder,
  env,
  nodeOptions = [],
  command,
}: ServerProcessOptions): SpawnedServer {
  const [program = '', ...words] = command ?? [process.execPath, ...nodeOptions, PROGRAM]
  const child = spawn(program, [...words, 'serve'], {
    // A process group of its own, so that what it may have started ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(folder !== undefined && { cwd: folder }),
    env: {
      PATH: process.env.PATH,
      // Compiling everything anew would be half of each start.
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      COUNTERSIGN_DATABASE_URL: databaseUrl,
      COUNTERSIGN_PORT: '0',
      COUNTERSIGN_AUTHORIZE_PORT: '0',
      // Beside a SQLite file by itself; elsewhere it would be in the checkout.
      ...(databaseUrl.startsWith('postgres') && {
        COUNTERSIGN_DEPLOYMENT_KEY_FILE: join(folder ?? tmpdir(), 'deployment-key.pem'),
      }),
      // A folder may have a configuration of its own.
      ...(folder === undefined && { COUNTERSIGN_CONFIG: NO_STOCK_FILE }),
      ...env,
    },
  })
  running.add(child)
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    running.delete(child)
    return { code, signal }
  })
  const output = { stdout: '', stderr: '' }
  const listening = new Promise<string>((resolve) => {
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
        const url = name === 'stderr' && /^Countersign listens on (\S+)$/m.exec(output.stderr)?.[1]
        if (url) resolve(url)
      })
    }
  })
  return {
    listening,
    ended,
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    signal: (name) => child.kill(name),
    kill: () => killGroup(child),
  }
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
