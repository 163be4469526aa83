import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Loaded, type Position, readProblem, type Unreadable } from './load-file.ts'
import { quote } from './quote.ts'

/** Runs a TypeScript or JavaScript file in Node and takes its default export. */
export async function loadModule(path: string): Promise<Loaded | Unreadable> {
  const { href } = pathToFileURL(path)
  try {
    await access(path)
  } catch (error) {
    return { problem: readProblem(error) }
  }
  try {
    const module: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ href)
    if (!Object.hasOwn(module, 'default')) return { problem: 'it has no default export' }
    return { value: module.default, lineOf: () => undefined }
  } catch (error) {
    return describe(error, path, href)
  }
}

function describe(error: unknown, path: string, href: string): Unreadable {
  if (!(error instanceof Error)) return { problem: `it threw ${quote(error)}` }
  const at = positionIn(error.stack ?? '', [href, path])
  const [message = ''] = error.message.split('\n')
  const isSyntax = error.name === 'SyntaxError'
  // Node does not report the place of a syntax error in plain JavaScript.
  const hint = isSyntax && !at ? `; its place: node --check ${basename(path)}` : ''
  return { problem: `${isSyntax ? 'it cannot be parsed' : `it threw ${error.name}`}: ${message}${hint}`, at }
}

/** `path:3` above the source line of a syntax error, `file:///path:3:8` in a stack. */
function positionIn(stack: string, places: readonly string[]): Position | undefined {
  for (const place of places) {
    const start = stack.indexOf(`${place}:`)
    const [, line, column] = start === -1 ? [] : (/^:(\d+)(?::(\d+))?/.exec(stack.slice(start + place.length)) ?? [])
    if (line !== undefined) return { line: Number(line), column: column === undefined ? undefined : Number(column) }
  }
  return undefined
}
