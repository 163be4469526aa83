import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Path } from './path-text.ts'

/** A place in a file, counted from 1. */
export interface Position {
  readonly line: number
  readonly column?: number
}

/** The content of a file: `lineOf` returns the line of a value, or of the nearest value around it. */
export interface Loaded {
  readonly value: unknown
  readonly lineOf: (path: Path) => number | undefined
}

/** Why a file cannot be read. */
export interface Unreadable {
  readonly problem: string
  readonly at?: Position | undefined
}

/** Reads a configuration file by its ending. Never throws. */
export async function loadFile(path: string): Promise<Loaded | Unreadable> {
  const extension = extname(path)
  if (extension === '.json' || extension === '.yaml') {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      return { problem: readProblem(error) }
    }
    if (extension === '.json') return (await import('./load-json.ts')).loadJson(text)
    return (await import('./load-yaml.ts')).loadYaml(text)
  }
  return (await import('./load-module.ts')).loadModule(path)
}

/** Why a file could not be opened, in words. */
export function readProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'this user may not read it',
    EISDIR: 'it is a folder',
  }
  return words[code] ?? `it cannot be read (${code})`
}
