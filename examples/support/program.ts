import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A program that runs beside this one until it is stopped. */
export interface Program {
  readonly pid: number
  /** What it wrote, to either output. */
  output(): string
  /** Resolves once it has ended, however that came. */
  readonly ended: Promise<unknown>
  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void
  /** Ends it. */
  stop(): Promise<void>
}

/** How a program is started. */
export interface ProgramOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Beside `PATH`. */
  readonly env?: Readonly<Record<string, string>>
  /** The ports of 127.0.0.1 at which it listens once it has started. */
  readonly listensOn: readonly number[]
}

const START_WITHIN_MS = 30_000
const STOP_WITHIN_MS = 5_000

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program in a process group of its own, so that Ctrl-C reaches only this one, and waits until it listens. */
export async function startProgram({ command, args, env, listensOn }: ProgramOptions): Promise<Program> {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Debian keeps nginx where only root looks.
    env: { PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin`, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  running.add(child)
  let isOver = false
  const ended = Promise.race([once(child, 'close'), once(child, 'error')]).finally(() => {
    isOver = true
    running.delete(child)
  })
  ended.catch(() => undefined)
  const program: Program = {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    signal: (name) => void child.kill(name),
    async stop() {
      if (isOver) return
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      await ended
      clearTimeout(late)
    },
  }
  const deadline = performance.now() + START_WITHIN_MS
  for (const port of listensOn) {
    while (!(await isListening(port))) {
      if (isOver) throw new Error(`${command} ended at its start:\n${output}`)
      if (performance.now() > deadline) {
        await program.stop()
        throw new Error(`${command} does not listen on port ${port}:\n${output}`)
      }
      await sleep(10)
    }
  }
  return program
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
