import type { Io } from '../io.ts'
import { type Style, styleOf } from './style.ts'
import type { TableFit } from './table.ts'
import { escapeUntrustedJson } from './untrusted.ts'

/** The global options for the look of output. */
export interface OutputOptions {
  readonly json?: boolean
  readonly color?: boolean
}

/** The output of a command: results go to standard output, notes to standard error. */
export interface Terminal {
  /** Whether to print one JSON document and nothing else. */
  readonly json: boolean
  /** The style of standard output. */
  readonly style: Style
  /** The size of a table on standard output; none in a pipe. */
  readonly fit: TableFit | undefined
  print(text: string): void
  printJson(document: object): void
  note(text: string): void
}

const MIN_WIDTH = 80
const MAX_WIDTH = 110

/** The terminal of one run. */
export function openTerminal({ stdout, stderr, env }: Io, { json = false, color = true }: OutputOptions): Terminal {
  const style = styleOf(stdout, env, color)
  const width = Math.min(Math.max(stdout.columns ?? MIN_WIDTH, MIN_WIDTH), MAX_WIDTH)
  return {
    json,
    style,
    fit: stdout.isTTY ? { width, ellipsis: style.signs.ellipsis } : undefined,
    print: (text) => stdout.write(text),
    printJson: (document) => stdout.write(`${escapeUntrustedJson(JSON.stringify(document, null, 2))}\n`),
    note: (text) => stderr.write(text),
  }
}

/** Lines with a label and its value. The values are aligned. */
export function labelled(rows: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}\n`).join('')
}
