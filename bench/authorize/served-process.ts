import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** A server in a process of its own, pinned to one processor where the system can do that. */
export interface ServedProcess {
  readonly port: number
  /** Microseconds of processor time that it has taken so far. */
  cpuMicroseconds(): Promise<number>
  stop(): Promise<void>
}

/** Tells the benchmark where this process serves, answers its questions, and ends when it says so. */
export function answerQuestions(port: number, close: () => Promise<void>): void {
  const say = (value: number) => process.send?.(value)
  process.on('message', (question) => {
    if (question === 'cpu') say(cpuMicroseconds())
    else close().then(() => process.disconnect?.())
  })
  say(port)
}

/** Starts such a process and waits until it serves. */
export async function startServed(program: URL, args: readonly string[], processor: number): Promise<ServedProcess> {
  const child = fork(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  process.once('exit', () => child.kill('SIGKILL'))
  const next = () => Promise.race([nextNumber(child), ended.then(() => failed('a server of the benchmark ended'))])
  const port = await next()
  pin(child.pid, processor)
  return {
    port,
    cpuMicroseconds() {
      child.send('cpu')
      return next()
    },
    async stop() {
      child.send('stop')
      await ended
    },
  }
}

/** Keeps a process, all of its threads, on one processor. */
export function pin(pid: number | undefined, processor: number): void {
  spawnSync('taskset', ['-a', '-c', '-p', `${processor}`, `${pid}`], { stdio: 'ignore' })
}

function nextNumber(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('message', (message) => resolve(Number(message))))
}

function failed(how: string): never {
  throw new Error(how)
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
