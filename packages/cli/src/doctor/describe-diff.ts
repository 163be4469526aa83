import { type SignedTextDiff, visible } from '@countersign/doctor'
import type { TableFit } from '../terminal/table.ts'

/** Characters before the two texts: `  expected  `. */
const INDENT = 12

/**
 * The signed text above the expected text, with the difference marked: `_` for a missing part, `^` under a part that
 * only one has, `~` under a part that differs. If the terminal is too narrow, the same window of both, around the first
 * difference.
 */
export function describeDiff({ segments }: SignedTextDiff, fit: TableFit | undefined): string[] {
  const columns = { signed: '', expected: '', marks: '' }
  const words: string[] = []
  let first: number | undefined
  for (const { kind, signed, expected } of segments) {
    const [a, b] = [visible(signed), visible(expected)]
    const width = Math.max(a.length, b.length)
    if (kind !== 'same') {
      first ??= columns.marks.length
      words.push(wordsOf(kind, signed, expected))
    }
    columns.signed += a.padEnd(width, '_')
    columns.expected += b.padEnd(width, '_')
    columns.marks += (kind === 'same' ? ' ' : kind === 'changed' ? '~' : '^').repeat(width)
  }
  if (first === undefined) return [`  signed    ${cut(columns.signed, 0, fit)}`]
  const at = Math.max(0, first - CONTEXT)
  return [
    `  signed    ${cut(columns.signed, at, fit)}`,
    `  expected  ${cut(columns.expected, at, fit)}`,
    `${' '.repeat(INDENT)}${cut(columns.marks, at, fit, ' ').trimEnd()} ${words.join(', ')}`,
  ]
}

/** How many characters before the first difference are shown if a line is cut. */
const CONTEXT = 24

function cut(text: string, from: number, fit: TableFit | undefined, sign = fit?.ellipsis): string {
  const ellipsis = (sign ?? '').padEnd(fit?.ellipsis.length ?? 0)
  const width = fit ? fit.width - INDENT : text.length
  if (text.length <= width) return text
  const start = Math.min(from, text.length - width + 2 * ellipsis.length)
  const inner = text.slice(start, start + width - 2 * ellipsis.length)
  return (start > 0 ? ellipsis : '') + inner + (start + inner.length < text.length ? ellipsis : '')
}

function wordsOf(kind: 'extra' | 'missing' | 'changed' | 'same', signed: string, expected: string): string {
  if (kind === 'changed') return 'differs'
  const count = (kind === 'extra' ? signed : expected).length
  const characters = count === 1 ? '1 character' : `${count} characters`
  return kind === 'extra' ? `${characters} too many` : `${characters} missing`
}
