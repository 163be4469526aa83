import type { RawBuilder, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** One step of the schema. A released step never changes: the next one corrects a mistake. */
export interface Migration {
  /** Unique, starts with its number. */
  readonly name: string
  /** Uses SQL, not the types of `schema.ts`: those describe the newest schema, a migration its own moment. */
  up(trx: Transaction<Schema>, words: DialectWords, now: number): Promise<void>
}

/** The words that differ between the two databases when tables are made. */
export interface DialectWords {
  readonly int8: RawBuilder<unknown>
  readonly bytes: RawBuilder<unknown>
  /** Makes SQLite enforce column types, as PostgreSQL does anyway. */
  readonly strict: RawBuilder<unknown>
  /** The same, and stores SQLite's rows in the primary key's tree: half the size if the key is most of a row. */
  readonly strictClustered: RawBuilder<unknown>
  /** A query with one row if the table of applied migrations exists. */
  readonly findMigrationsTable: RawBuilder<unknown>
}
