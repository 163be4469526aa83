import { type Expression, type SqlBool, sql } from 'kysely'

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
