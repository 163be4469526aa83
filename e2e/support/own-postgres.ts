import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { inject } from 'vitest'
import type {} from '../../packages/server/test/postgres-setup.ts'

/** A PostgreSQL that no other suite uses. */
export interface OwnPostgres {
  readonly url: string
  /** Holds its data and its log. */
  readonly folder: string
  /** Ends all its processes with SIGKILL. */
  crash(): Promise<void>
  /** Starts it again on what it left. */
  recover(): Promise<void>
  /** Ends it and deletes its data. */
  remove(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('postgres-program.ts', import.meta.url))

/** Starts one, with the programs and as the user of the PostgreSQL that the run's other suites share. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const shared = await sharedPostgres()
  const folder = await mkdtemp(join(tmpdir(), 'countersign-own-postgres-'))
  const child = spawn(process.execPath, [PROGRAM, shared.programs, folder, String(shared.uid), String(shared.gid)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const url = await nextLine(lines)
  const command = async (line: string, wanted: string) => {
    child.stdin.write(`${line}\n`)
    const answer = await nextLine(lines)
    if (answer !== wanted) throw new Error(`PostgreSQL answered ${answer} to ${line}`)
  }
  return {
    url,
    folder,
    crash: () => command('crash', 'crashed'),
    recover: () => command('recover', 'recovered'),
    remove: () => endOf(child),
  }
}

async function sharedPostgres(): Promise<{ programs: string; uid: number; gid: number }> {
  const answer = await fetch(inject('postgresStarter'))
  const client = new pg.Client({ connectionString: await answer.text() })
  await client.connect()
  try {
    const { rows } = await client.query('show data_directory')
    const data: string = rows[0].data_directory
    const { uid, gid } = await stat(data)
    const [program = ''] = (await readFile(join(data, 'postmaster.opts'), 'utf8')).split(' "', 1)
    return { programs: dirname(program), uid, gid }
  } finally {
    await client.end()
  }
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next()
  if (done) throw new Error('PostgreSQL ended; the reason is above')
  return value
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.stdin?.end()
  await ended
}
