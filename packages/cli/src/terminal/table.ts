import { cutTo, widthOf } from './width.ts'

/** A column of a table: its heading and its cells from top to bottom. A cell with `maxWidth` has no colours. */
export interface Column {
  readonly heading: string
  readonly cells: readonly string[]
  /** Longest cell on a terminal; longer ones end with an ellipsis. Never for ids. */
  readonly maxWidth?: number
  /** How a cell is styled after it was padded. */
  readonly mark?: (text: string) => string
}

/** The width that a table must fit into, or nothing: in a pipe all columns are whole. */
export interface TableFit {
  readonly width: number
  readonly ellipsis: string
}

const GAP = '  '
const COLUMNS_KEPT = 2

/**
 * A table: a heading, and one line for each row. If it is too wide, columns are dropped from the right; the first two
 * stay.
 */
export function renderTable(columns: readonly Column[], heading: (text: string) => string, fit?: TableFit): string {
  const cut = columns.map((column) => ({
    ...column,
    cells: column.cells.map((cell) => (fit && column.maxWidth ? cutTo(cell, column.maxWidth, fit.ellipsis) : cell)),
  }))
  const measured = cut.map((column) => ({
    ...column,
    width: Math.max(widthOf(column.heading), ...column.cells.map(widthOf)),
  }))
  const shown = fit ? dropToFit(measured, fit.width) : measured
  const rows = shown[0]?.cells.keys() ?? []
  const headings = line(
    shown.map((column) => heading(column.heading) + ' '.repeat(column.width - widthOf(column.heading))),
  )
  const lines = [...rows].map((row) =>
    line(
      shown.map(({ cells, width, mark = (text) => text }, i) => {
        const cell = cells[row] ?? ''
        return i === shown.length - 1 ? mark(cell) : mark(cell) + ' '.repeat(width - widthOf(cell))
      }),
    ),
  )
  return [headings, ...lines, ''].join('\n')
}

function dropToFit<Measured extends { readonly width: number }>(
  columns: readonly Measured[],
  width: number,
): Measured[] {
  const shown = [...columns]
  while (shown.length > COLUMNS_KEPT && totalWidth(shown) > width) shown.pop()
  return shown
}

function totalWidth(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((total, { width }) => total + width + GAP.length, -GAP.length)
}

function line(cells: readonly string[]): string {
  return cells.join(GAP).trimEnd()
}
