import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  type PostgresCursor,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPoolClient,
  PostgresQueryCompiler,
  type PostgresQueryResult,
  sql,
} from 'kysely'
import type { ClientBase, Pool, PoolClient, PoolConfig } from 'pg'
import { inTime } from '../in-time.ts'
import type { Database, DatabaseOptions } from './database.ts'
import type { Schema } from './schema.ts'
import { assertStorable } from './storable.ts'
import { isContention, isUnavailable } from './unavailable.ts'
import { takeCommitStatement } from './write-journal.ts'

const POOL_SIZE = 10
const CONNECT_TIMEOUT_MS = 5000
/** After how many of those limits a connection attempt is given up. */
const GIVE_UP_AFTER = 3
const STATEMENT_TIMEOUT_MS = 10_000
/**
 * How much longer than its statement timeout a server may be silent before its connection counts as dead, in
 * milliseconds.
 */
const ANSWER_GRACE_MS = 2000

/** Opens a pool of PostgreSQL connections. `pg` loads only here, so only for a PostgreSQL URL. */
export async function openPostgres(url: string, location: string, options: DatabaseOptions): Promise<Database> {
  const { default: pg } = await import('pg')
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
  const config: PoolConfig = {
    connectionString: url,
    application_name: 'countersign',
    max: POOL_SIZE,
    connectionTimeoutMillis: connectTimeoutMs * GIVE_UP_AFTER,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    keepAlive: true,
    onConnect: (client) => prepareSession(client, statementTimeoutMs),
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
    },
  }
  const pool = new pg.Pool(config)
  // The next user of a connection learns of its end from the query. Without listeners it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  const kysely = new Kysely<Schema>({
    dialect: {
      createDriver: () =>
        new JournalDriver({
          pool: {
            options: config,
            connect: async () => withoutDeadConnections(await connectInTime(pool, connectTimeoutMs)),
            end: async () => {},
          },
        }),
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    },
  })
  let closing: Promise<void> | undefined
  return {
    kysely,
    reader: kysely,
    dialect: 'postgres',
    location,
    ping: async () => {
      await sql`select 1`.execute(kysely)
    },
    close: () => {
      closing ??= kysely.destroy().then(() => pool.end())
      return closing
    },
  }
}

/** Sends the journal of a transaction in one message with its commit. */
class JournalDriver extends PostgresDriver {
  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const journal = takeCommitStatement(connection)
    if (journal === undefined) return super.commitTransaction(connection)
    // If the journal cannot be written, PostgreSQL skips the rest of the message.
    await connection.executeQuery(CompiledQuery.raw(`${journal}; commit`))
  }
}

/**
 * A connection of the pool. A late one goes back to the pool. The pool's own limit would take a busy event loop for a
 * dead database.
 */
async function connectInTime(pool: Pool, limitMs: number): Promise<PoolClient> {
  const connecting = pool.connect()
  const client = await inTime(connecting, limitMs)
  if (client !== 'late') return client
  connecting.then(
    (late) => late.release(),
    () => undefined,
  )
  throw new Error('timeout exceeded when trying to connect')
}

/**
 * Settings of every session. A statement sets them, because connection poolers refuse unknown startup parameters. An
 * acknowledged change must outlive a crash, so a weaker `synchronous_commit` of the server, role or database is raised
 * to `on`.
 */
async function prepareSession(client: ClientBase, statementTimeoutMs: number): Promise<void> {
  await client.query(
    `select set_config('statement_timeout', $1, false),
            set_config('idle_in_transaction_session_timeout', $1, false),
            set_config('synchronous_commit', case when current_setting('synchronous_commit') = 'remote_apply'
                                                  then 'remote_apply' else 'on' end, false)`,
    [String(statementTimeoutMs)],
  )
}

/**
 * The client for Kysely, with one difference: after the database did not answer on it, its later queries (the rollback)
 * fail at once with the same fault, and it never goes back into the pool.
 */
function withoutDeadConnections(client: PostgresPoolClient): PostgresPoolClient {
  let fault: unknown

  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query<R>(
    text: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new TypeError('cursors are not supported')
    return run<R>(text, parameters)
  }

  async function run<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (fault) throw fault
    assertStorable(parameters)
    try {
      return await client.query<R>(text, parameters)
    } catch (error) {
      if (isUnavailable(error) && !isContention(error)) fault = error
      throw error
    }
  }

  return { query, release: (destroy) => client.release(destroy || fault !== undefined) }
}
