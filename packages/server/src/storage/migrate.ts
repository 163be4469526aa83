import { sql, type Transaction } from 'kysely'
import type { Database, Dialect } from './database.ts'
import type { DialectWords, Migration } from './migration.ts'
import { accountsAndKeys } from './migrations/001-accounts-and-keys.ts'
import { lifecycle } from './migrations/002-lifecycle.ts'
import { auditEvents } from './migrations/003-audit-events.ts'
import { usage } from './migrations/004-usage.ts'
import { links } from './migrations/005-links.ts'
import { usageReporters } from './migrations/006-usage-reporters.ts'
import { auditQuota } from './migrations/007-audit-quota.ts'
import { nodes } from './migrations/008-nodes.ts'
import { journalFunction } from './migrations/009-write-journal.ts'
import { refusals } from './migrations/010-refusals.ts'
import { auditWatch } from './migrations/011-audit-watch.ts'
import { cascades } from './migrations/012-cascades.ts'
import { lists } from './migrations/013-lists.ts'
import type { Schema } from './schema.ts'
import { explainSqliteFault } from './sqlite-fault.ts'
import { inTransaction } from './transaction.ts'

/** The database was made by a newer version of Countersign. Nothing was changed. */
export class DatabaseTooNewError extends Error {
  override readonly name = 'DatabaseTooNewError'
  readonly code = 'ERR_DATABASE_TOO_NEW'

  constructor(migrations: readonly string[]) {
    super(
      `The database was made by a newer version of Countersign (it has ${migrations.join(', ')}). Run that version or a later one.`,
    )
  }
}

/** All migrations, oldest first. */
export const MIGRATIONS: readonly Migration[] = [
  accountsAndKeys,
  lifecycle,
  auditEvents,
  usage,
  links,
  usageReporters,
  auditQuota,
  nodes,
  journalFunction,
  refusals,
  auditWatch,
  cascades,
  lists,
]

/**
 * Brings the schema up to this version: all pending migrations in one transaction, under a lock, so any number of processes may
 * call it at once.
 *
 * @param now Unix milliseconds, kept as the time of the migrations.
 * @returns the names of the migrations that this call applied.
 * @throws {DatabaseFileError} when the SQLite file cannot be written.
 * @throws {DatabaseTooNewError} when the database holds a migration that this version does not know.
 */
export async function migrate(
  database: Pick<Database, 'dialect' | 'location' | 'patiently'>,
  now: number,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<string[]> {
  const words = WORDS[database.dialect]
  const work = async (trx: Transaction<Schema>) => {
    // SQLite's transactions are exclusive already.
    if (database.dialect === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_ID)})`.execute(trx)
    const applied = await appliedMigrations(trx, words)

    const newer = applied.filter((name) => !migrations.some((migration) => migration.name === name))
    if (newer.length > 0) throw new DatabaseTooNewError(newer)

    const pending = migrations.filter(({ name }) => !applied.includes(name))
    for (const { name, up } of pending) {
      await up(trx, words, now)
      await sql`insert into migrations (name, applied_at) values (${name}, ${now})`.execute(trx)
    }
    return pending.map(({ name }) => name)
  }
  return database
    .patiently((patient) => inTransaction(patient, work))
    .catch((error: unknown) => {
      throw database.dialect === 'sqlite' ? explainSqliteFault(error, database.location) : error
    })
}

/** Any number that no other program on the same PostgreSQL database is likely to lock. */
const LOCK_ID = 7_203_641_185_577

const WORDS: Record<Dialect, DialectWords> = {
  sqlite: {
    int8: sql`integer`,
    bytes: sql`blob`,
    strict: sql`strict`,
    strictClustered: sql`strict, without rowid`,
    findMigrationsTable: sql`select 1 from sqlite_schema where type = 'table' and name = 'migrations'`,
  },
  postgres: {
    int8: sql`bigint`,
    bytes: sql`bytea`,
    strict: sql``,
    strictClustered: sql``,
    findMigrationsTable: sql`select 1 where to_regclass('migrations') is not null`,
  },
}

async function appliedMigrations(trx: Transaction<Schema>, words: DialectWords): Promise<string[]> {
  // Not `create table if not exists`: a role without the right to create tables can run on an up-to-date database.
  const found = await words.findMigrationsTable.execute(trx)
  if (found.rows.length === 0) {
    await sql`
      create table migrations (
        name text not null primary key,
        applied_at ${words.int8} not null
      ) ${words.strict}`.execute(trx)
  }
  const { rows } = await sql<{ name: string }>`select name from migrations order by name`.execute(trx)
  return rows.map(({ name }) => name)
}
