import { isLowerCaseFieldName } from './characters.ts'
import type { Component } from './component.ts'
import { type FieldValue, type HttpMessage, linesOf } from './message.ts'
import { parseDictionary, parseList, type SyntaxProblem } from './parse-structured-field.ts'
import type { MessageProblemCode } from './problem.ts'
import { serializeBytes, serializeDictionary, serializeList, serializeMember } from './serialize-structured-field.ts'
import type { Dictionary, Parameters } from './structured-field.ts'

/** The value of a component that is a field (RFC 9421 section 2.1), or why there is none. */
export function fieldValue(
  { name, parameters }: Component,
  message: HttpMessage,
): { value: string } | MessageProblemCode {
  if (!isLowerCaseFieldName(name) || !parametersFit(parameters)) return 'component_not_supported'
  const value = parameters.size === 0 ? plainValue(message.header(name)) : partOf(fieldOf(message, name), parameters)
  return value === undefined ? 'component_not_available' : { value }
}

/**
 * Trailers (`tr`) are unknown when requests are decided. `bs` needs the bytes as sent; `sf` and `key` need the parsed
 * field.
 */
function parametersFit(parameters: Parameters): boolean {
  if (parameters.size === 0) return true
  for (const [key, { kind, value }] of parameters) {
    const isFlag = key === 'sf' || key === 'bs' || key === 'req'
    if (isFlag ? value !== true : key !== 'key' || kind !== 'string') return false
  }
  return !(parameters.has('bs') && (parameters.has('sf') || parameters.has('key')))
}

function plainValue(lines: FieldValue): string | undefined {
  if (typeof lines === 'string') return plain(trimmed(lines))
  return lines === undefined || lines.length === 0 ? undefined : plain(lines.map(trimmed).join(', '))
}

function partOf(field: Field, parameters: Parameters): string | undefined {
  if (field.lines.length === 0) return undefined
  const key = parameters.get('key')?.value
  if (typeof key === 'string') return memberValue(field, key)
  if (parameters.has('sf')) return strictValue(field)
  return parameters.has('bs') ? wrappedValue(field.lines) : plain(field.lines.join(', '))
}

/**
 * A field of a message. It is parsed once, at its first use: one signature may cover 16 members of a dictionary of
 * thousands.
 */
class Field {
  readonly lines: readonly string[]
  #dictionary: Dictionary | SyntaxProblem | undefined

  constructor(lines: readonly string[]) {
    this.lines = lines
  }

  get dictionary(): Dictionary | undefined {
    this.#dictionary ??= parseDictionary(this.lines)
    return typeof this.#dictionary === 'string' ? undefined : this.#dictionary
  }
}

const fields = new WeakMap<HttpMessage, Map<string, Field>>()

function fieldOf(message: HttpMessage, name: string): Field {
  const read = fields.get(message) ?? new Map<string, Field>()
  const field = read.get(name) ?? new Field(linesOf(message.header(name)).map(trimmed))
  fields.set(message, read.set(name, field))
  return field
}

/** Folded lines, control characters and bytes that are not ASCII have no single form in the signature base. */
function plain(value: string): string | undefined {
  return /[^\t\x20-\x7e]/.test(value) ? undefined : value
}

function memberValue({ dictionary }: Field, key: string): string | undefined {
  const member = dictionary?.get(key)
  return member && serializeMember(member)
}

/**
 * The field's canonical text. Its type need not be known. A list has the same canonical text when it is read as an item
 * or as a dictionary, and a field that is not a list can only be a dictionary.
 */
function strictValue(field: Field): string | undefined {
  const list = parseList(field.lines)
  if (typeof list !== 'string') return serializeList(list)
  return field.dictionary && serializeDictionary(field.dictionary)
}

/** Every line as a byte sequence. Platforms give the bytes of a header as Latin-1. */
function wrappedValue(lines: readonly string[]): string | undefined {
  if (lines.some((line) => /[^\t\x20-\x7e\x80-\xff]/.test(line))) return undefined
  return lines.map((line) => serializeBytes(latin1(line))).join(', ')
}

/** A loop, because `Uint8Array.from` with a function takes ten times as long. */
function latin1(line: string): Uint8Array {
  const bytes = new Uint8Array(line.length)
  for (let i = 0; i < line.length; i++) bytes[i] = line.charCodeAt(i)
  return bytes
}

/**
 * Without blanks at its ends. A pattern for the blanks at the end would take a time that grows with the square of all
 * blanks.
 */
function trimmed(line: string): string {
  let start = 0
  let end = line.length
  while (start < end && isBlank(line.charCodeAt(start))) start++
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--
  return line.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
