import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
  sql,
} from 'kysely'
import type { Database, DatabaseOptions } from './database.ts'
import type { Schema } from './schema.ts'
import { explainSqliteFault } from './sqlite-fault.ts'
import { createSqliteReader } from './sqlite-reader.ts'
import { assertStorable } from './storable.ts'

const LOCK_TIMEOUT_MS = 5000

/**
 * Opens the SQLite file at an absolute path, or `:memory:`. A missing file is created with mode 0600 (its WAL files get
 * the same) and a missing folder with 0700. A committed transaction is on the disk when it returns.
 */
export async function openSqlite(path: string, options: DatabaseOptions): Promise<Database> {
  const lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS
  const file = await openFile(path, lockTimeoutMs).catch((error: unknown) => {
    throw explainSqliteFault(error, path)
  })

  const kysely = new Kysely<Schema>({
    dialect: {
      createDriver: () => new ImmediateDriver(file, lockTimeoutMs),
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  })
  const reader = path === ':memory:' ? undefined : createSqliteReader(path)
  let closing: Promise<void> | undefined
  return {
    kysely,
    reader: reader?.kysely ?? kysely,
    dialect: 'sqlite',
    location: path,
    ping: async () => {
      const { rows } = await sql<{ id: string }>`select id from deployment`.execute(kysely)
      if (path === ':memory:' || rows[0]?.id === readDeploymentAnew(path)) return
      throw new Error('the SQLite file is not the one that was opened')
    },
    patiently: (work) => work({ kysely }),
    close: () => {
      // Holding the only connection means that no transaction is under way.
      closing ??= kysely.connection().execute(async () => {
        await reader?.close()
        file.close()
      })
      return closing
    },
  }
}

/** `fullfsync` matters on macOS only, whose fsync leaves data in the drive's cache. */
const SETTINGS = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma fullfsync = on;
  pragma foreign_keys = on;
  pragma trusted_schema = off;
`

/**
 * Creates a missing file. An existing file is not opened: closing it would drop the locks that other connections of
 * this process hold on it (POSIX), and another process could then believe to be the last one.
 */
async function openFile(path: string, lockTimeoutMs: number): Promise<DatabaseSync> {
  if (path !== ':memory:') createPrivateFile(path)
  const file = new DatabaseSync(path)
  try {
    await whileBusy(file, lockTimeoutMs, () => file.exec(SETTINGS))
    return file
  } catch (error) {
    file.close()
    throw error
  }
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
}

/**
 * The deployment's id as the file has it now. An open connection answers from its own pages, even if the file was
 * overwritten, cut off or replaced. A new connection reads the file.
 */
function readDeploymentAnew(path: string): unknown {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    return file.prepare('select id from deployment').get()?.id
  } finally {
    file.close()
  }
}

/** How long a transaction waits for a lock that others have waited for in vain, in milliseconds. */
const SHORT_WAIT_MS = 100

class ImmediateDriver extends SqliteDriver {
  readonly #file: DatabaseSync
  readonly #lockTimeoutMs: number
  /** The beginning of the first transaction since the last that got the lock. */
  #lockedSince: number | undefined

  constructor(file: DatabaseSync, lockTimeoutMs: number) {
    super({ database: asKyselyDatabase(file) })
    this.#file = file
    this.#lockTimeoutMs = lockTimeoutMs
  }

  /** Takes the write lock at once: an upgrade to it later fails if another writer came between. */
  override async beginTransaction(): Promise<void> {
    const askedAt = performance.now()
    this.#lockedSince ??= askedAt
    // Transactions come one after the other. If each waited the whole time for the same holder, the last one would wait
    // for the sum of them.
    const waitedMs = askedAt - this.#lockedSince
    const waitMs = Math.max(this.#lockTimeoutMs - waitedMs, SHORT_WAIT_MS)
    await whileBusy(this.#file, this.#lockTimeoutMs, () => this.#file.exec('begin immediate'), waitMs)
    this.#lockedSince = undefined
  }

  /** After some faults (a full disk, an I/O error) SQLite has rolled back by itself; a second rollback would hide that error. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#file.isTransaction) await super.rollbackTransaction(connection)
  }
}

/**
 * Repeats `step` until no other connection holds the lock. It waits between tries and not inside SQLite, which would
 * stop the whole thread, and with it a transaction of another connection that this one waits for.
 */
async function whileBusy(file: DatabaseSync, timeoutMs: number, step: () => void, waitMs = timeoutMs): Promise<void> {
  const deadline = performance.now() + waitMs
  while (true) {
    file.exec('pragma busy_timeout = 0')
    try {
      return step()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    } finally {
      file.exec(`pragma busy_timeout = ${timeoutMs}`)
    }
    await sleep(1 + Math.random() * 10)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5
}

/** How many statements are kept, by their text: preparing one costs ten times as much as running it. */
const STATEMENTS_KEPT = 200

function asKyselyDatabase(file: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  return {
    prepare(text) {
      const known = kept.get(text)
      if (known) return known
      const statement = asKyselyStatement(file, text)
      if (kept.size >= STATEMENTS_KEPT) kept.clear()
      kept.set(text, statement)
      return statement
    },
    // The opener closes the file.
    close: () => {},
  }
}

function asKyselyStatement(file: DatabaseSync, text: string): SqliteStatement {
  const statement = file.prepare(text)
  return {
    reader: statement.columns().length > 0,
    all(parameters) {
      assertStorable(parameters)
      return statement.all(...parameters)
    },
    run(parameters) {
      assertStorable(parameters)
      return statement.run(...parameters)
    },
    iterate(parameters) {
      assertStorable(parameters)
      // A new statement: another use of the kept one would end it half-way.
      return file.prepare(text).iterate(...parameters)
    },
  }
}
