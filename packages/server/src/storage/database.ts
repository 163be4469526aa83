import type { Kysely } from 'kysely'
import { parseDatabaseUrl } from './database-url.ts'
import type { Schema } from './schema.ts'

/** The kinds of database the server runs on. */
export type Dialect = 'sqlite' | 'postgres'

/** An open database: one connection (SQLite) or a pool of them (PostgreSQL). */
export interface Database {
  readonly kysely: Kysely<Schema>
  /**
   * For reads that can take more than some milliseconds, one statement each: lists, sums, counts. In SQLite a statement
   * stops its thread, so these run in another one. In PostgreSQL it is `kysely`.
   */
  readonly reader: Kysely<Schema>
  readonly dialect: Dialect
  /** Absolute path of the SQLite file, `:memory:`, or the PostgreSQL URL without its password. Safe to print. */
  readonly location: string
  /**
   * Resolves if the database answers and is the migrated one that was opened; otherwise rejects with its fault (see
   * `isUnavailable`, `isDamage`).
   */
  ping(): Promise<void>
  /**
   * Runs `work` with statements that may take an hour, such as migrations of a large database. In PostgreSQL they have a
   * connection of their own.
   */
  patiently<Result>(work: (database: Pick<Database, 'kysely'>) => Promise<Result>): Promise<Result>
  /** Waits for the work under way, and closes. Further calls do nothing. */
  close(): Promise<void>
}

/** Limits that a caller may set. The defaults fit a server. */
export interface DatabaseOptions {
  /** How long to wait for another connection's lock on the SQLite file, in milliseconds. Default 5000. */
  readonly lockTimeoutMs?: number
  /** How long to wait for a PostgreSQL connection, in milliseconds. Default 5000. */
  readonly connectTimeoutMs?: number
  /** The most PostgreSQL connections at once. Callers beyond them wait. Default 10. */
  readonly maxConnections?: number
  /** How long one PostgreSQL statement may take, in milliseconds. Default 10000. */
  readonly statementTimeoutMs?: number
}

/** Loads the code for this kind of database and opens nothing, so that opening one later is faster. */
export async function loadDriver(dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') await import('./sqlite.ts')
  else await Promise.all([import('./postgres.ts'), import('pg')])
}

/**
 * Opens the database at `url`. A missing SQLite file is created, readable by its owner only; PostgreSQL is first
 * contacted by the first query. The schema is not touched: see `migrate`.
 *
 * @throws {DatabaseUrlError} when the URL is malformed or of no supported kind.
 */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const address = parseDatabaseUrl(url)
  if (address.dialect === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts')
    return openSqlite(address.path, options)
  }
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(address.url, address.location, options)
}
