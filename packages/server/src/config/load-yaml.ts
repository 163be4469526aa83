import { isNode, LineCounter, parseDocument } from 'yaml'
import type { Loaded, Unreadable } from './load-file.ts'

/** Reads YAML 1.2: one document, no unknown tags, no key twice. */
export function loadYaml(text: string): Loaded | Unreadable {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' })
  const [error] = [...document.errors, ...document.warnings]
  if (error) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    return { problem: `it is not YAML: ${error.message}`, at: { line, column: col } }
  }
  try {
    const value: unknown = document.toJS()
    return {
      value,
      lineOf(path) {
        for (let depth = path.length; depth >= 0; depth--) {
          const node = document.getIn(path.slice(0, depth), true)
          if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line
        }
        return undefined
      },
    }
  } catch (fault) {
    // Aliases without an anchor, or too many of them.
    return { problem: `it is not YAML: ${fault instanceof Error ? fault.message : String(fault)}` }
  }
}
