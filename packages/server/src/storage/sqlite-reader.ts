import { Worker } from 'node:worker_threads'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Schema } from './schema.ts'
import type { ReadAnswer, ReadQuestion } from './sqlite-reader-thread.ts'
import { assertStorable } from './storable.ts'

/** A second, read-only connection to a SQLite file, in a thread of its own. */
export interface SqliteReader {
  readonly kysely: Kysely<Schema>
  close(): Promise<void>
}

/**
 * Reads a SQLite file in a thread, because a statement stops the thread that runs it. The thread starts with the first
 * query. Each statement sees everything that was committed before it. There are no transactions.
 */
export function createSqliteReader(path: string): SqliteReader {
  const driver = new ThreadDriver(path)
  const kysely = new Kysely<Schema>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  })
  return { kysely, close: () => driver.destroy() }
}

type Waiting = PromiseWithResolvers<unknown[]>

class ThreadDriver implements Driver {
  readonly #path: string
  readonly #waiting = new Map<number, Waiting>()
  #thread: Worker | undefined
  #last = 0
  #isClosed = false

  constructor(path: string) {
    this.#path = path
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return {
      executeQuery: async <Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> => ({
        rows: (await this.#ask(sql, parameters)) as Row[],
      }),
      streamQuery: () => {
        throw new Error('the reader has no streams')
      },
    }
  }

  async beginTransaction(): Promise<void> {
    throw new Error('the reader has no transactions')
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#isClosed = true
    await this.#thread?.terminate()
  }

  #ask(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    assertStorable(parameters)
    if (this.#isClosed) throw new Error('the database is closed')
    this.#thread ??= this.#start()
    const waiting = Promise.withResolvers<unknown[]>()
    const id = ++this.#last
    this.#waiting.set(id, waiting)
    // A question keeps the process alive until its answer.
    this.#thread.ref()
    this.#thread.postMessage({ id, sql, parameters } satisfies ReadQuestion)
    return waiting.promise
  }

  #start(): Worker {
    const thread = new Worker(new URL(`./sqlite-reader-thread${import.meta.url.slice(-3)}`, import.meta.url), {
      workerData: { path: this.#path },
      name: 'reader',
    })
    thread.unref()
    thread.on('message', (answer: ReadAnswer) => this.#answer(answer))
    let fault: unknown = new Error('the thread that reads the database ended')
    thread.on('error', (error) => {
      fault = error
    })
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = undefined
      for (const { reject } of this.#waiting.values()) reject(fault)
      this.#waiting.clear()
    })
    return thread
  }

  #answer(answer: ReadAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#thread?.unref()
    if ('rows' in answer) waiting?.resolve(answer.rows)
    else waiting?.reject(Object.assign(new Error(answer.message), { code: answer.code, errcode: answer.errcode }))
  }
}
