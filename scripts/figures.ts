// Prints figures about the sources of the packages, tests left out: lines, long functions, import cycles, conditional spreads.
// npm run figures [-- FOLDER]    FOLDER is a checkout; this one by default
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'
import { importCycles } from './import-cycles.ts'

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

interface Source {
  readonly file: string
  readonly lines: number
  readonly functions: readonly { readonly name: string; readonly lines: number }[]
  readonly imports: readonly string[]
  readonly conditionalSpreads: number
}

const LONGEST_SHOWN = 10
const TEST = /\.test\.tsx?$|\.fixtures\.ts$|-contract\.ts$|\/test(?:ing)?\//

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const tracked = execFileSync('git', ['ls-files', 'packages'], { cwd: root, encoding: 'utf8' }).split('\n')
const files = tracked.filter((file) => /\/src\/.*\.tsx?$/.test(file) && !TEST.test(file))
const sources = await Promise.all(files.map(async (file) => measure(file, await readFile(join(root, file), 'utf8'))))

const functions = sources.flatMap(({ file, functions }) => functions.map((it) => ({ file, ...it })))
const longest = functions.sort((a, b) => b.lines - a.lines)
const cycles = importCycles(new Map(sources.map(({ file, imports }) => [file, imports])))
console.log(`files                ${sources.length}`)
console.log(`lines                ${sum(sources.map(({ lines }) => lines))}`)
console.log(`conditional spreads  ${sum(sources.map(({ conditionalSpreads }) => conditionalSpreads))}`)
console.log(`functions over 60    ${functions.filter(({ lines }) => lines > 60).length}`)
for (const { file, name, lines } of longest.slice(0, LONGEST_SHOWN)) console.log(`  ${lines}  ${file} ${name}`)
console.log(`import cycles        ${cycles.length}`)
for (const cycle of cycles) console.log(`  ${cycle.join(' ')}`)

function measure(file: string, text: string): Source {
  const imports: string[] = []
  const found: { name: string; lines: number }[] = []
  let conditionalSpreads = 0
  visit(parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node, (node, parent) => {
    const { source } = node as { source?: { value?: unknown } | null }
    if (/^(Import|Export).*Declaration$/.test(node.type) && typeof source?.value === 'string') {
      if (source.value.startsWith('.')) imports.push(posix.join(posix.dirname(file), source.value))
    }
    if (/Function/.test(node.type) && node.body) {
      const lines = text.slice(node.start, node.end).split('\n').length
      found.push({ name: nameOf(node) ?? nameOf(parent) ?? '(unnamed)', lines })
    }
    if (node.type === 'SpreadElement' && isConditional(node.argument as Node)) conditionalSpreads++
  })
  return { file, lines: text.split('\n').length - 1, functions: found, imports, conditionalSpreads }
}

function isConditional(argument: Node): boolean {
  if (argument.type === 'ParenthesizedExpression') return isConditional(argument.expression as Node)
  return argument.type === 'LogicalExpression' || argument.type === 'ConditionalExpression'
}

function nameOf(node: Node | undefined): string | undefined {
  const named = (node?.id ?? node?.key) as { name?: unknown } | null | undefined
  return typeof named?.name === 'string' ? named.name : undefined
}

function visit(node: Node, look: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  look(node, parent)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child) visit(child as Node, look, node)
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
