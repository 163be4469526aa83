import { setImmediate as nextTurn } from 'node:timers/promises'
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

/** What the rows of a page take together at most, in bytes of what is stored of them. One row is always there, whatever it takes. */
export const PAGE_BYTES = 256 * 1024

/** Rows that are read at once: other requests come in between. */
const PORTION = 25

/** What is read of a page in portions. */
export interface Portions<Row> {
  /** Rows at most. */
  readonly limit: number
  /** Reads rows after this one, or the first ones. */
  readonly read: (after: Row | undefined, rows: number) => Promise<readonly Row[]>
  /** What is stored of a row, in bytes. */
  readonly bytesOf: (row: Row) => number
}

/** Reads rows until the page is full, by their number or by their bytes. */
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

/** The bytes of texts, where they are there. */
export function textBytes(...texts: readonly (string | null | undefined)[]): number {
  return texts.reduce((sum, text) => sum + (text == null ? 0 : Buffer.byteLength(text)), 0)
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
