import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** A query for the thread. */
export interface ReadQuestion {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** Its rows, or the fault of the database. */
export type ReadAnswer =
  | { readonly id: number; readonly rows: unknown[] }
  | { readonly id: number; readonly message: string; readonly code?: unknown; readonly errcode?: unknown }

/** How many statements are kept, by their text. */
const STATEMENTS_KEPT = 100
const LOCK_TIMEOUT_MS = 5_000

const kept = new Map<string, StatementSync>()
let file: DatabaseSync | undefined

parentPort?.on('message', ({ id, sql, parameters }: ReadQuestion) => {
  parentPort?.postMessage(answer(id, sql, parameters))
})

function answer(id: number, sql: string, parameters: readonly unknown[]): ReadAnswer {
  try {
    return { id, rows: prepare(sql).all(...(parameters as SQLInputValue[])) }
  } catch (fault) {
    const { message, code, errcode } = fault as Error & { code?: unknown; errcode?: unknown }
    return { id, message, code, errcode }
  }
}

function prepare(sql: string): StatementSync {
  const known = kept.get(sql)
  if (known) return known
  file ??= new DatabaseSync(workerData.path, { readOnly: true, timeout: LOCK_TIMEOUT_MS })
  if (kept.size >= STATEMENTS_KEPT) kept.clear()
  const statement = file.prepare(sql)
  kept.set(sql, statement)
  return statement
}
