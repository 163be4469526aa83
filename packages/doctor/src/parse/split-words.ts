import type { InputProblem } from './parsed-request.ts'

/** A word of a shell command, without its quotes. */
export interface Word {
  readonly text: string
  /** The line of its beginning, from 1. */
  readonly line: number
  readonly isQuoted: boolean
  /** Whether the shell leaves it unchanged: it stood in single quotes. */
  readonly isLiteral: boolean
}

/**
 * The words of a command as a POSIX shell reads it: single, double and `$'…'` quotes, backslashes, continued lines. It
 * also reads the form that browsers copy for the Windows prompt, with `^` before quotes and line ends.
 */
export function splitWords(text: string): readonly Word[] | InputProblem {
  const source = text.replaceAll('\r\n', '\n')
  return split(
    /\^["\n]/.test(source) ? source.replaceAll(/\^([\s\S])/g, (_, next) => (next === '\n' ? ' ' : next)) : source,
  )
}

function split(source: string): readonly Word[] | InputProblem {
  const words: Word[] = []
  let line = 1
  let at = 0
  while (at < source.length) {
    const character = source.charAt(at)
    if (character === '\n') line++
    if (/\s/.test(character)) {
      at++
      continue
    }
    if (source.startsWith('\\\n', at)) {
      at += 2
      line++
      continue
    }
    const begin = at
    let word = ''
    let isQuoted = false
    let isLiteral = true
    while (at < source.length && !/\s/.test(source.charAt(at))) {
      const quoted = /["'$]/.test(source.charAt(at)) ? readQuoted(source, at) : undefined
      if (quoted) {
        word += quoted.text
        at += quoted.length
        isQuoted = true
        isLiteral &&= quoted.literal
      } else if (source.startsWith('\\\n', at)) at += 2
      else if (/["']/.test(source.charAt(at))) {
        return { problem: `The quote that begins in line ${line} does not end.`, line }
      } else {
        if (source.charAt(at) === '\\') at++
        else isLiteral &&= !/[$`]/.test(source.charAt(at))
        word += source.charAt(at++)
      }
    }
    words.push({ text: word, line, isQuoted, isLiteral })
    line += source.slice(begin, at).split('\n').length - 1
  }
  return words
}

function readQuoted(source: string, at: number): { length: number; text: string; literal: boolean } | undefined {
  for (const { pattern, read, literal } of QUOTED) {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match) return { length: match[0].length, text: read(match[1] ?? ''), literal }
  }
  return undefined
}

const QUOTED: readonly { pattern: RegExp; read: (inner: string) => string; literal: boolean }[] = [
  { pattern: /'([^']*)'/y, read: (inner) => inner, literal: true },
  { pattern: /\$'((?:[^'\\]|\\[\s\S])*)'/y, read: readAnsi, literal: true },
  {
    pattern: /"((?:[^"\\]|\\[\s\S])*)"/y,
    read: (inner) => inner.replaceAll(/\\(["\\$`\n])/g, (_, next) => (next === '\n' ? '' : next)),
    literal: false,
  },
]

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  "'": "'",
  '"': '"',
  '\\': '\\',
  '!': '!',
}

function readAnsi(inner: string): string {
  return inner.replaceAll(/\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([\s\S]))/g, (_, hex, unicode, letter) => {
    const code: string | undefined = hex ?? unicode
    return code === undefined ? (ESCAPES[letter] ?? `\\${letter}`) : String.fromCharCode(Number.parseInt(code, 16))
  })
}
