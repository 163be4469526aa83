import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { NodesTable, Schema } from './schema.ts'

/** A node as it is in the database. */
export type NodeRow = Selectable<NodesTable>

/** What a node says of itself. The database adds the times. */
export type NodeFacts = Omit<NodeRow, 'joined_at' | 'beat_at'>

/** All nodes, those that joined first first, and the database's time in Unix milliseconds. */
export interface NodesNow {
  readonly nodes: readonly NodeRow[]
  readonly nowMs: number
}

/** Lets one node at a time read and change the table, until the transaction ends. */
export async function lockNodes(trx: Transaction<Schema>, dialect: Database['dialect']): Promise<void> {
  // SQLite's transactions are exclusive already.
  if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_ID)})`.execute(trx)
}

/** Any number that no other program on the same PostgreSQL database is likely to lock. */
const LOCK_ID = 7_203_641_185_578

export async function readNodes(db: Kysely<Schema>, dialect: Database['dialect']): Promise<NodesNow> {
  const nodes = await db.selectFrom('nodes').selectAll().orderBy('joined_at').orderBy('id').execute()
  return { nodes, nowMs: await readDatabaseTime(db, dialect) }
}

/** The database's time, in Unix milliseconds. */
export async function readDatabaseTime(db: Kysely<Schema>, dialect: Database['dialect']): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${DATABASE_TIME[dialect]} as now`.execute(db)
  const now = rows[0]?.now
  if (now === undefined) throw new Error('the database tells no time')
  return now
}

export async function insertNode(
  trx: Transaction<Schema>,
  dialect: Database['dialect'],
  facts: NodeFacts,
): Promise<void> {
  const now = DATABASE_TIME[dialect]
  await trx
    .insertInto('nodes')
    .values({ ...facts, joined_at: now, beat_at: now })
    .execute()
}

/** Notes a sign of life. Returns whether the node was still in the table. */
export async function beatNode(
  trx: Transaction<Schema>,
  dialect: Database['dialect'],
  { id, admission }: Pick<NodeFacts, 'id' | 'admission'>,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('nodes')
    .set({ beat_at: DATABASE_TIME[dialect], admission })
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function deleteNodes(db: Kysely<Schema>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('nodes').where('id', 'in', ids).execute()
}

/** The database's wall clock in Unix milliseconds, also inside a transaction. */
export const DATABASE_TIME: Record<Database['dialect'], RawBuilder<number>> = {
  sqlite: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
  postgres: sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
}
