import { type Expression, type Kysely, PostgresAdapter, type SqlBool, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** Where a page of a list begins: after the row that was made then and has this id. */
export interface PageStart {
  /** Unix milliseconds. */
  readonly createdAt: number
  readonly id: string
}

/** Which part of a list is wanted. */
export interface PageRequest {
  readonly after?: PageStart
  /** Rows at most. */
  readonly limit: number
}

/** A part of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Rows on all pages together. */
  readonly total: number
  readonly hasMore: boolean
}

/** Whether the text of a column contains this one; case counts for letters beyond ASCII only. */
export function containsText(column: string, text: string): Expression<SqlBool> {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`lower(${sql.ref(column)}) like lower(${pattern}) escape '\\'`
}

/** Whether the text of a column begins with this one, exactly. */
export function beginsWith(column: string, text: string): Expression<SqlBool> {
  return sql<SqlBool>`substr(${sql.ref(column)}, 1, ${[...text].length}) = ${text}`
}

/** Whether the text of a column is one of these, however many: one parameter, for a statement takes but so many. */
export function isOneOf(db: Kysely<Schema>, column: string, texts: readonly string[]): Expression<SqlBool> {
  const json = JSON.stringify(texts)
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter
  const list = isPostgres
    ? sql`select json_array_elements_text(cast(${json} as json))`
    : sql`select value from json_each(${json})`
  return sql<SqlBool>`${sql.ref(column)} in (${list})`
}
