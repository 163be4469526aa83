import type { Socket } from 'node:net'
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  type PostgresCursor,
  type PostgresDialectConfig,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPoolClient,
  PostgresQueryCompiler,
  type PostgresQueryResult,
  sql,
} from 'kysely'
import type { Client, ClientBase, Pool, PoolClient, PoolConfig } from 'pg'
import { inTime } from '../in-time.ts'
import type { Database, DatabaseOptions } from './database.ts'
import type { Schema } from './schema.ts'
import { assertStorable } from './storable.ts'
import { isContention, isUnavailable } from './unavailable.ts'
import { takeCommitStatement } from './write-journal.ts'

const MAX_CONNECTIONS = 10
const CONNECT_TIMEOUT_MS = 5000
/** After how many of those limits a connection attempt is given up. */
const GIVE_UP_AFTER = 3
const STATEMENT_TIMEOUT_MS = 10_000
/** The limit of a statement that may take long, in milliseconds: an index over many millions of rows. */
const PATIENCE_MS = 3_600_000
/**
 * How much longer than its statement timeout a server may be silent before its connection counts as dead, in
 * milliseconds.
 */
const ANSWER_GRACE_MS = 2000
/** How many callers may wait for a connection of a pool. */
const MAX_WAITING = 1_000

/** Opens a pool of PostgreSQL connections. `pg` loads only here, so only for a PostgreSQL URL. */
export async function openPostgres(url: string, location: string, options: DatabaseOptions): Promise<Database> {
  const { default: pg } = await import('pg')
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
  const answerTimeoutMs = statementTimeoutMs + ANSWER_GRACE_MS
  // Without time limits of its own: those of `pg` take a busy event loop for a dead database.
  const config: PoolConfig = {
    Client: connectingInTime(pg.Client, connectTimeoutMs * GIVE_UP_AFTER),
    connectionString: url,
    application_name: 'countersign',
    max: options.maxConnections ?? MAX_CONNECTIONS,
    keepAlive: true,
    onConnect: (client) => prepareSession(client, statementTimeoutMs, answerTimeoutMs),
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
    },
  }
  const pool = new pg.Pool(config)
  // The next user of a connection learns of its end from the query. Without listeners it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const connect = async () => withoutDeadConnections(await takeConnection(pool, connectTimeoutMs), answerTimeoutMs)

  const kysely = new Kysely<Schema>({
    dialect: {
      createDriver: () =>
        new TransactionDriver({ pool: { options: config, connect, end: async () => {} } }, statementTimeoutMs),
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
    async patiently(work) {
      const patient = await openPostgres(url, location, { maxConnections: 1, statementTimeoutMs: PATIENCE_MS })
      try {
        return await work(patient)
      } finally {
        await patient.close()
      }
    },
    close: () => {
      closing ??= kysely.destroy().then(() => pool.end())
      return closing
    },
  }
}

/**
 * Sends the settings of a transaction in one message with its begin, and its journal in one with its commit. The
 * settings are those of the session too, but behind a pooler such as PgBouncer no session is ours.
 */
class TransactionDriver extends PostgresDriver {
  readonly #begin: string

  constructor(config: PostgresDialectConfig, statementTimeoutMs: number) {
    super(config)
    this.#begin = `start transaction isolation level read committed; select ${settingsOf(statementTimeoutMs, true)}`
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#begin))
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const journal = takeCommitStatement(connection)
    if (journal === undefined) return super.commitTransaction(connection)
    // If the journal cannot be written, PostgreSQL skips the rest of the message.
    await connection.executeQuery(CompiledQuery.raw(`${journal}; commit`))
  }
}

/**
 * The settings of a transaction or a session. A statement sets them, because poolers refuse unknown startup parameters.
 * An acknowledged change must outlive a crash, so a weaker `synchronous_commit` of the server, role or database is
 * raised to `on`.
 */
function settingsOf(statementTimeoutMs: number, isLocal: boolean): string {
  return `set_config('statement_timeout', '${statementTimeoutMs}', ${isLocal}),
    set_config('idle_in_transaction_session_timeout', '${statementTimeoutMs}', ${isLocal}),
    set_config('synchronous_commit', case when current_setting('synchronous_commit') = 'remote_apply'
                                          then 'remote_apply' else 'on' end, ${isLocal})`
}

/**
 * Sets the settings of a new session, for statements outside of transactions. It sets none behind a pooler, which would
 * give the session to other clients: a pooler invents the number of the server's process.
 */
async function prepareSession(client: ClientBase, statementTimeoutMs: number, limitMs: number): Promise<void> {
  const { processID: processId } = client as { readonly processID?: number }
  const settings = settingsOf(statementTimeoutMs, false)
  const preparing = client.query(`select ${settings} where pg_backend_pid() = $1`, [processId ?? 0])
  if ((await inTime(preparing, limitMs)) === 'late') throw new Error('timeout expired')
}

/** A client that gives up connecting after some time. A busy event loop does not count as time. */
function connectingInTime(client: typeof Client, limitMs: number): typeof Client {
  return class extends client {
    override connect(): Promise<this>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<this> | undefined {
      const connecting = inTime(super.connect(), limitMs).then((outcome) => {
        if (outcome !== 'late') return this
        ;(this as unknown as { connection: { stream: Socket } }).connection.stream.destroy()
        throw new Error('timeout expired')
      })
      if (!callback) return connecting
      connecting.then(() => (callback as () => void)(), callback)
      return undefined
    }
  }
}

/**
 * A connection of the pool. Callers wait in order, and not too long. A connection that comes too late for its caller
 * goes back to the pool.
 */
async function takeConnection(pool: Pool, limitMs: number): Promise<PoolClient> {
  if (pool.waitingCount >= MAX_WAITING) throw new Error('too many callers wait for a database connection')
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
 * The client for Kysely, with one difference: after the database did not answer on it, its later queries (the rollback)
 * fail at once with the same fault, and it never goes back into the pool.
 */
function withoutDeadConnections(client: PostgresPoolClient, answerTimeoutMs: number): PostgresPoolClient {
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
      const answer = await inTime(client.query<R>(text, parameters), answerTimeoutMs)
      if (answer === 'late') throw new Error('Query read timeout')
      return answer
    } catch (error) {
      if (isUnavailable(error) && !isContention(error)) fault = error
      throw error
    }
  }

  return { query, release: (destroy) => client.release(destroy || fault !== undefined) }
}
