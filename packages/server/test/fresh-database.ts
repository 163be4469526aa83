import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { Dialect } from '../src/storage/database.ts'
import type {} from './postgres-setup.ts'

/** An empty database for one suite. */
export interface FreshDatabase {
  /** For `openDatabase` or `COUNTERSIGN_DATABASE_URL`. */
  readonly url: string
  /** Deletes it, ending whatever is still connected. */
  remove(): Promise<void>
}

/** Makes an empty database: a file in a temporary folder, or one in the PostgreSQL that all suites of a run share. */
export async function freshDatabase(dialect: Dialect): Promise<FreshDatabase> {
  return dialect === 'sqlite' ? freshSqlite() : freshPostgres()
}

/** Runs one statement on a PostgreSQL server, as its superuser, outside all pools. */
export async function runOnPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function freshSqlite(): Promise<FreshDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sqlite-'))
  return {
    url: `sqlite:${join(folder, 'countersign.db')}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function freshPostgres(): Promise<FreshDatabase> {
  const answer = await fetch(inject('postgresStarter'))
  const serverUrl = await answer.text()
  if (!answer.ok) throw new Error(serverUrl)

  const name = `test_${randomUUID().replaceAll('-', '')}`
  await runOnPostgres(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = name
  return { url: url.href, remove: () => runOnPostgres(serverUrl, `drop database if exists ${name} with (force)`) }
}
