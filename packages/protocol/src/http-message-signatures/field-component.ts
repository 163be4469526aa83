import { isLowerCaseFieldName } from './characters.ts'
import type { Component } from './component.ts'
import { type FieldValue, linesOf } from './message.ts'
import { parseDictionary, parseList } from './parse-structured-field.ts'
import type { MessageProblemCode } from './problem.ts'
import { serializeBytes, serializeDictionary, serializeList, serializeMember } from './serialize-structured-field.ts'
import type { Parameters } from './structured-field.ts'

/** The value of a component that is a field (RFC 9421 section 2.1), or why there is none. */
export function fieldValue(
  { name, parameters }: Component,
  header: (name: string) => FieldValue,
): { value: string } | MessageProblemCode {
  if (!isLowerCaseFieldName(name) || !parametersFit(parameters)) return 'component_not_supported'
  const lines = header(name)
  const isOnePlain = typeof lines === 'string' && parameters.size === 0
  const value = isOnePlain ? plain(trimmed(lines)) : combinedValue(linesOf(lines).map(trimmed), parameters)
  return value === undefined ? 'component_not_available' : { value }
}

/** Trailers (`tr`) are not at hand where requests are decided. `bs` wants the bytes as sent, `sf` and `key` their meaning. */
function parametersFit(parameters: Parameters): boolean {
  if (parameters.size === 0) return true
  for (const [key, { kind, value }] of parameters) {
    const isFlag = key === 'sf' || key === 'bs' || key === 'req'
    if (isFlag ? value !== true : key !== 'key' || kind !== 'string') return false
  }
  return !(parameters.has('bs') && (parameters.has('sf') || parameters.has('key')))
}

function combinedValue(lines: readonly string[], parameters: Parameters): string | undefined {
  if (lines.length === 0) return undefined
  if (parameters.size === 0) return plain(lines.join(', '))
  const key = parameters.get('key')?.value
  if (typeof key === 'string') return memberValue(lines, key)
  if (parameters.has('sf')) return strictValue(lines)
  return parameters.has('bs') ? wrappedValue(lines) : plain(lines.join(', '))
}

/** Folded lines, control characters and what is not ASCII have no one form in the signature base. */
function plain(value: string): string | undefined {
  return /[^\t\x20-\x7e]/.test(value) ? undefined : value
}

function memberValue(lines: readonly string[], key: string): string | undefined {
  const dictionary = parseDictionary(lines)
  const member = typeof dictionary === 'string' ? undefined : dictionary.get(key)
  return member && serializeMember(member)
}

/**
 * The field's canonical text. Its type need not be known: what reads as a list has the same canonical text as an item or
 * as a dictionary, and what does not can only be a dictionary.
 */
function strictValue(lines: readonly string[]): string | undefined {
  const list = parseList(lines)
  if (typeof list !== 'string') return serializeList(list)
  const dictionary = parseDictionary(lines)
  return typeof dictionary === 'string' ? undefined : serializeDictionary(dictionary)
}

/** Every line as a byte sequence; platforms give the bytes of a header as Latin-1. */
function wrappedValue(lines: readonly string[]): string | undefined {
  if (lines.some((line) => /[^\t\x20-\x7e\x80-\xff]/.test(line))) return undefined
  return lines.map((line) => serializeBytes(Uint8Array.from(line, (byte) => byte.charCodeAt(0)))).join(', ')
}

/** Without blanks at its ends; an expression for those at the end would take a time that grows with the square of all blanks. */
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
