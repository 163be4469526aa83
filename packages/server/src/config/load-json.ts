import jsonc, { type Node, type ParseError } from 'jsonc-parser'
import type { Loaded, Position, Unreadable } from './load-file.ts'
import type { Path } from './path-text.ts'
import { quote } from './quote.ts'

/** Reads JSON, strictly: no comments, no trailing commas, no key twice. */
export function loadJson(source: string): Loaded | Unreadable {
  const text = source.replace(/^\ufeff/, '')
  const errors: ParseError[] = []
  const root = jsonc.parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const [first] = errors
    if (!first) return { problem: 'it is not JSON' }
    // `CommaExpected`
    const words = jsonc.printParseErrorCode(first.error).replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    return { problem: `it is not JSON: ${words.toLowerCase()}`, at: positionAt(text, first.offset) }
  }
  const twice = root && findDuplicateKey(root)
  if (twice) return { problem: `key ${quote(twice.value)} is given twice`, at: positionAt(text, twice.offset) }
  return { value, lineOf: (path) => root && lineOf(root, path, text) }
}

function lineOf(root: Node, path: Path, text: string): number | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = jsonc.findNodeAtLocation(root, path.slice(0, depth))
    if (node) return positionAt(text, node.offset).line
  }
  return undefined
}

function findDuplicateKey(node: Node): Node | undefined {
  const seen = new Set<unknown>()
  for (const child of node.children ?? []) {
    const [key] = child.type === 'property' ? (child.children ?? []) : []
    if (key && seen.has(key.value)) return key
    if (key) seen.add(key.value)
    const deeper = findDuplicateKey(child)
    if (deeper) return deeper
  }
  return undefined
}

function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}
