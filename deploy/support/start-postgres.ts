import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A PostgreSQL that runs until it is stopped. */
export interface Postgres {
  readonly url: string
  /** Resolves once it has ended, however that came. */
  readonly ended: Promise<unknown>
  /** Ends it and deletes its data. */
  stop(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('../../packages/server/test/postgres-process.ts', import.meta.url))

/** Starts the PostgreSQL that npm brings for the tests, on a free port. */
export async function startPostgres(): Promise<Postgres> {
  // Detached, so that Ctrl-C reaches only this process.
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const ended = once(child, 'exit')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const { value: url, done } = await lines.next()
  if (done) throw new Error('PostgreSQL did not start; the reason is above')
  return {
    url,
    ended,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
