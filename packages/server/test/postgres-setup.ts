/** Vitest's global set-up: one PostgreSQL for the whole run, started when the first suite asks for it, gone at the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** `GET` answers with the URL of the run's PostgreSQL, which the first such request starts. */
    postgresStarter: string
  }
}

/** Offers the PostgreSQL to the suites (`freshDatabase` takes it). Returns what ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let postgres: ChildProcess | undefined
  let url: Promise<string> | undefined
  const starter = createServer((_request, response) => {
    if (!url) {
      postgres = startPostgres()
      url = readFirstLine(postgres)
    }
    url.then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  project.provide('postgresStarter', await listen(starter))

  return async () => {
    starter.close()
    starter.closeAllConnections()
    if (!postgres || postgres.exitCode !== null) return
    const exited = once(postgres, 'exit')
    postgres.stdin?.end()
    await exited
  }
}

function startPostgres(): ChildProcess {
  const program = fileURLToPath(new URL('postgres-process.ts', import.meta.url))
  // Detached, because Ctrl-C would reach it too and interrupt its cleaning up.
  return spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
}

async function readFirstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface(stdout)) return line
  throw new Error('PostgreSQL for the tests did not start; the reason is above')
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return `http://127.0.0.1:${address.port}`
}
