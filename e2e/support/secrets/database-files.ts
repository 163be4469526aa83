import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startOwnPostgres } from '../own-postgres.ts'
import type { Dialect } from '../running-server.ts'

/** An empty database with a folder of its own, so that all it leaves on the disk can be looked at. */
export interface DatabaseFiles {
  readonly url: string
  /** For the server that uses it: its working folder and its temporary one. */
  readonly serverFolder: string
  /** Every file that the database and the server have written to; PostgreSQL's own, since it runs. */
  list(): Promise<string[]>
  remove(): Promise<void>
}

/** Makes one. */
export async function makeDatabaseFiles(dialect: Dialect): Promise<DatabaseFiles> {
  const serverFolder = await mkdtemp(join(tmpdir(), 'countersign-secrets-'))
  const removeServer = () => rm(serverFolder, { recursive: true, force: true })
  if (dialect === 'sqlite') {
    const url = `sqlite:${join(serverFolder, 'countersign.db')}`
    return { url, serverFolder, list: () => filesIn(serverFolder), remove: removeServer }
  }
  const postgres = await startOwnPostgres()
  // What it made before holds its own catalogue, ten times the size of all the rest.
  const runsSinceMs = Date.now()
  return {
    url: postgres.url,
    serverFolder,
    async list() {
      await checkpoint(postgres.url)
      return [...(await filesIn(postgres.folder, runsSinceMs)), ...(await filesIn(serverFolder))]
    },
    async remove() {
      await postgres.remove()
      await removeServer()
    },
  }
}

/** Makes PostgreSQL write to its tables what is in its memory and log only. */
async function checkpoint(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('checkpoint')
  await client.end()
}

async function filesIn(folder: string, writtenSinceMs = 0): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const written = await Promise.all(paths.map((path) => isWrittenSince(path, writtenSinceMs)))
  return paths.filter((_, i) => written[i])
}

/** A file that is gone by now, as temporary ones are, is none. */
async function isWrittenSince(path: string, timeMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && found.mtimeMs >= timeMs
}
