import { parseItem } from './parse-structured-field.ts'
import { serializeItem } from './serialize-structured-field.ts'
import type { Item, Parameters } from './structured-field.ts'

/** A covered component: a field or a derived component, by its name and parameters (RFC 9421 section 2). */
export interface Component {
  /** A field name in lower case, or the name of a derived component, which begins with `@`. */
  readonly name: string
  readonly parameters: Parameters
  /** Its canonical text in the signature base: `"@query-param";name="id"`. */
  readonly identifier: string
}

/** The component that an item of an inner list names, or `undefined` if the item is not a string. */
export function componentOf(item: Item): Component | undefined {
  if (item.item.kind !== 'string') return undefined
  return { name: item.item.value, parameters: item.parameters, identifier: serializeItem(item) }
}

/**
 * The component from a signer's notation: its name and, after semicolons, its parameters. `@method`, `content-type`,
 * `@query-param;name="id"`, `cache-control;key="max-age"`.
 *
 * @throws TypeError if it does not have that form
 */
export function readComponent(text: string): Component {
  const semicolon = text.indexOf(';')
  const end = semicolon === -1 ? text.length : semicolon
  const item = parseItem(`"${text.slice(0, end)}"${text.slice(end)}`)
  const component = typeof item === 'string' ? undefined : componentOf(item)
  if (!component) throw new TypeError(`no component identifier: ${JSON.stringify(text)}`)
  return component
}

/** Whether one component is named twice. Another order of its parameters does not make another component. */
export function hasDuplicate(components: readonly Component[]): boolean {
  const seen: string[] = []
  for (const component of components) {
    const identity = identityOf(component)
    if (seen.includes(identity)) return true
    seen.push(identity)
  }
  return false
}

function identityOf({ identifier, name, parameters }: Component): string {
  if (parameters.size < 2) return identifier
  const sorted = new Map([...parameters].sort(([a], [b]) => (a < b ? -1 : 1)))
  return serializeItem({ item: { kind: 'string', value: name }, parameters: sorted })
}
