import { parseAst } from 'vitest/node'
import type { Import, Module } from './import-rules.ts'

interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

/** What the import rules look at in one TypeScript file, read from its syntax tree. */
export function readModule(file: string, text: string): Module {
  const imports: Import[] = []
  const globals = new Set<string>()
  let hasDefaultExport = false
  visit(parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node, (node) => {
    imports.push(...importsOf(node))
    if (node.type === 'Identifier') globals.add(String(node.name))
    hasDefaultExport ||= isDefaultExport(node)
  })
  return { file, imports, names: [...globals], hasDefaultExport }
}

function importsOf(node: Node): Import[] {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return node.source ? [{ specifier: literal(node.source), kind: kindOf(node) }] : []
    case 'ImportExpression':
      return [{ specifier: literal(node.source), kind: 'dynamic' }]
    case 'TSImportType':
      return [{ specifier: literal(node.source), kind: 'type' }]
    case 'TSExternalModuleReference':
      return [{ specifier: literal(node.expression), kind: 'static' }]
    default:
      return []
  }
}

/** `import type`, `export type`, and declarations whose every name is a type. */
function kindOf(node: Node): Import['kind'] {
  if (node.importKind === 'type' || node.exportKind === 'type') return 'type'
  const names = (node.specifiers ?? []) as Node[]
  const areTypes = names.map((name) => name.importKind === 'type' || name.exportKind === 'type')
  return areTypes.length > 0 && areTypes.every(Boolean) ? 'type' : 'static'
}

function literal(node: unknown): string | undefined {
  const { value } = node as Node
  return typeof value === 'string' ? value : undefined
}

function isDefaultExport(node: Node): boolean {
  if (node.type === 'ExportDefaultDeclaration' || node.type === 'TSExportAssignment') return true
  if (node.type !== 'ExportSpecifier') return false
  const exported = node.exported as Node
  return exported.name === 'default' || exported.value === 'default'
}

/** Every node but names that are no variables: members after a dot, and keys. */
function visit(node: Node, look: (node: Node) => void): void {
  look(node)
  for (const [member, value] of Object.entries(node)) {
    const isName = (member === 'property' || member === 'key') && node.computed === false
    if (isName && !isGlobalThis(node.object)) continue
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, look)
  }
}

function isGlobalThis(node: unknown): boolean {
  return isNode(node) && node.name === 'globalThis'
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}
