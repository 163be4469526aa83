import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pin, type ServedProcess } from './served-process.ts'

const SOURCE = fileURLToPath(new URL('go-server/main.go', import.meta.url))

/** Builds the Go server in a folder and starts it on one processor; `undefined` where Go is not installed. */
export async function startGo(
  folder: string,
  publicKeyPem: string,
  processor: number,
): Promise<ServedProcess | undefined> {
  const program = join(folder, 'go-server')
  const built = spawnSync('go', ['build', '-o', program, SOURCE], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (built.error) return undefined
  if (built.status !== 0) throw new Error('the Go server cannot be built')
  const child = spawn(program, [publicKeyPem], { stdio: ['pipe', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill('SIGKILL'))
  const [line] = await once(createInterface(child.stdout), 'line')
  const port = Number(line)
  pin(child.pid, processor)
  return {
    port,
    async cpuMicroseconds() {
      const answer = await fetch(`http://127.0.0.1:${port}/cpu`)
      return Number(await answer.text())
    },
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
