import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Expression, type Kysely, PostgresAdapter, type SqlBool, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** The start of a page: after the row with this time and id. */
export interface PageStart {
  /** Unix milliseconds. */
  readonly createdAt: number
  readonly id: string
}

/** The wanted part of a list. */
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

/** The most stored bytes of a page's rows together. A page has at least one row, whatever its size. */
export const PAGE_BYTES = 256 * 1024

/** Rows of one portion: other requests run between portions. */
const PORTION = 25

/** A page that is read in portions. */
export interface Portions<Row> {
  /** Rows at most. */
  readonly limit: number
  /** Reads rows after this one, or the first rows. */
  readonly read: (after: Row | undefined, rows: number) => Promise<readonly Row[]>
  /** The stored bytes of a row. */
  readonly bytesOf: (row: Row) => number
}

/** Reads rows until the page is full, by rows or by bytes. */
export async function readPortions<Row>({ limit, read, bytesOf }: Portions<Row>): Promise<Omit<Page<Row>, 'total'>> {
  const rows: Row[] = []
  let bytes = 0
  for (;;) {
    const wanted = Math.min(PORTION, limit + 1 - rows.length)
    const portion = await read(rows.at(-1), wanted)
    for (const row of portion) {
      bytes += bytesOf(row)
      if (rows.length === limit || (rows.length > 0 && bytes > PAGE_BYTES)) return { rows, hasMore: true }
      rows.push(row)
    }
    if (portion.length < wanted) return { rows, hasMore: false }
    await nextTurn()
  }
}

/** The bytes of texts, if they are present. */
export function textBytes(...texts: readonly (string | null | undefined)[]): number {
  return texts.reduce((sum, text) => sum + (text == null ? 0 : Buffer.byteLength(text)), 0)
}

/** Whether the text of a column contains this one. Only letters beyond ASCII are compared with their case. */
export function containsText(column: string, text: string): Expression<SqlBool> {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`lower(${sql.ref(column)}) like lower(${pattern}) escape '\\'`
}

/** Whether the text of a column begins with this one, exactly. */
export function beginsWith(column: string, text: string): Expression<SqlBool> {
  return sql<SqlBool>`substr(${sql.ref(column)}, 1, ${[...text].length}) = ${text}`
}

/** Whether the text of a column is one of these, in one parameter: a statement has a limited number of parameters. */
export function isOneOf(db: Kysely<Schema>, column: string, texts: readonly string[]): Expression<SqlBool> {
  const json = JSON.stringify(texts)
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter
  const list = isPostgres
    ? sql`select json_array_elements_text(cast(${json} as json))`
    : sql`select value from json_each(${json})`
  return sql<SqlBool>`${sql.ref(column)} in (${list})`
}
