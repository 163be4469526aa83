import { encodeBase64 } from '../encoding.ts'
import { beginsKey, continuesKey } from './characters.ts'
import {
  type BareItem,
  type Dictionary,
  type Item,
  isInnerList,
  type Member,
  type Parameters,
} from './structured-field.ts'

/** A dictionary in the one canonical form (RFC 9651 section 4.1.2). */
export function serializeDictionary(dictionary: Dictionary): string {
  const members: string[] = []
  for (const [key, member] of dictionary) {
    const isTrue = !isInnerList(member) && member.item.value === true
    members.push(isTrue ? key + serializeParameters(member.parameters) : `${key}=${serializeMember(member)}`)
  }
  return members.join(', ')
}

/** A list in the one canonical form (RFC 9651 section 4.1.1). */
export function serializeList(members: readonly Member[]): string {
  return members.map(serializeMember).join(', ')
}

/** An item or an inner list, with its parameters. */
export function serializeMember(member: Member): string {
  if (!isInnerList(member)) return serializeItem(member)
  return `(${member.items.map(serializeItem).join(' ')})${serializeParameters(member.parameters)}`
}

/** An item with its parameters. */
export function serializeItem({ item, parameters }: Item): string {
  return serializeBareItem(item) + serializeParameters(parameters)
}

/** Parameters in their order. */
export function serializeParameters(parameters: Parameters): string {
  if (parameters.size === 0) return ''
  let text = ''
  for (const [key, value] of parameters) {
    text += value.value === true ? `;${key}` : `;${key}=${serializeBareItem(value)}`
  }
  return text
}

/**
 * A text as a structured-field string.
 *
 * @throws TypeError if it is not printable ASCII
 */
export function serializeString(text: string): string {
  if (/[^\x20-\x7e]/.test(text)) throw new TypeError(`must be printable ASCII: ${JSON.stringify(text)}`)
  return quote(text)
}

/** Bytes as a structured-field byte sequence. */
export function serializeBytes(bytes: Uint8Array): string {
  return `:${encodeBase64(bytes)}:`
}

/** Whether a text is a structured-field key. */
export function isKey(text: string): boolean {
  for (let i = 1; i < text.length; i++) if (!continuesKey(text.charCodeAt(i))) return false
  return beginsKey(text.charCodeAt(0))
}

function serializeBareItem(item: BareItem): string {
  switch (item.kind) {
    case 'string':
      return quote(item.value)
    case 'integer':
      return String(item.value)
    case 'decimal':
      return Number.isInteger(item.value) ? `${item.value}.0` : String(item.value)
    case 'date':
      return `@${item.value}`
    case 'token':
      return item.value
    case 'bytes':
      return serializeBytes(item.value)
    case 'boolean':
      return item.value ? '?1' : '?0'
  }
}

function quote(text: string): string {
  const isPlain = !text.includes('"') && !text.includes('\\')
  return isPlain ? `"${text}"` : `"${text.replace(/["\\]/g, '\\$&')}"`
}
