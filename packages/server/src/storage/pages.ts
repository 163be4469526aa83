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
  /** Whether there may be more rows than `total`: counting ended early. */
  readonly isCapped: boolean
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
export async function readPortions<Row>({
  limit,
  read,
  bytesOf,
}: Portions<Row>): Promise<Omit<Page<Row>, 'total' | 'isCapped'>> {
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

/** Rows that a list counts at most, and rows that it looks at to count them. */
export const COUNTED_AT_MOST = 10_000
export const LOOKED_AT_TO_COUNT = 50_000

/** A count of rows that may have ended early. */
export interface CappedCount {
  /** Rows that fit, at most one above `COUNTED_AT_MOST`. */
  readonly fitting: number
  /** Rows that were looked at, at most one above `LOOKED_AT_TO_COUNT`. */
  readonly looked: number
}

/** The total of a list from its count and its page. A first page that holds all rows is the better count. */
export function totalOf(
  { fitting, looked }: CappedCount,
  page: { readonly rows: readonly unknown[]; readonly hasMore: boolean },
  isFirst: boolean,
): { readonly total: number; readonly isCapped: boolean } {
  if (isFirst && !page.hasMore) return { total: page.rows.length, isCapped: false }
  const isCapped = fitting > COUNTED_AT_MOST || looked > LOOKED_AT_TO_COUNT
  const total = Math.min(fitting, COUNTED_AT_MOST)
  return { total: isFirst ? Math.max(total, page.rows.length) : total, isCapped }
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
