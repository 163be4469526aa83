import { backend } from '#backend'
import { beginsKey, beginsToken, continuesKey, continuesToken, isDigit } from './characters.ts'
import {
  type BareItem,
  type Dictionary,
  type InnerList,
  type Item,
  type Member,
  NO_PARAMETERS,
  type Parameters,
} from './structured-field.ts'

/** Why a text is not an accepted structured field. */
export type SyntaxProblem = 'malformed' | 'duplicate_key' | 'base64_not_canonical'

/**
 * A dictionary from the lines of one field, or what is wrong. Never throws; linear in its length.
 *
 * It is stricter than RFC 9651 in three ways, because the result decides who the caller is. A key that is given twice
 * is refused; in the RFC the last one counts, and two readers of one request could see two values. Byte sequences must
 * be canonical base64. No line may end inside a string or a list.
 */
export function parseDictionary(lines: readonly string[]): Dictionary | SyntaxProblem {
  const members = new Map<string, Member>()
  for (const line of lines) {
    const scanner = new Scanner(line)
    if (!readMembers(scanner, () => readDictionaryMember(scanner, members))) return scanner.problem
  }
  return lines.length > 1 && lines.some(isBlank) ? 'malformed' : members
}

/** A list from the lines of one field, or what is wrong. It is as strict as {@link parseDictionary}. Never throws. */
export function parseList(lines: readonly string[]): readonly Member[] | SyntaxProblem {
  const members: Member[] = []
  for (const line of lines) {
    const scanner = new Scanner(line)
    if (!readMembers(scanner, () => push(members, readMember(scanner)))) return scanner.problem
  }
  return lines.length > 1 && lines.some(isBlank) ? 'malformed' : members
}

/** A single item, or what is wrong. Never throws. */
export function parseItem(text: string): Item | SyntaxProblem {
  const scanner = new Scanner(text)
  scanner.skipSpaces()
  const item = readItem(scanner)
  if (item) scanner.skipSpaces()
  return item && scanner.at === text.length ? item : scanner.problem
}

/** One text and a position in it. Characters past its end read as NaN, which equals nothing. */
class Scanner {
  readonly text: string
  at = 0
  /**
   * Whether all text since the last reset is as `serializeMember` would write it. It may be false for some canonical
   * text.
   */
  isCanonical = true
  problem: SyntaxProblem = 'malformed'

  constructor(text: string) {
    this.text = text
  }

  code(): number {
    return this.text.charCodeAt(this.at)
  }

  /** Steps over one character if it is the expected one. */
  take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false
    this.at++
    return true
  }

  skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === SPACE) this.at++
  }

  skipWhitespace(): void {
    for (let code = this.code(); code === SPACE || code === TAB; code = this.code()) this.at++
  }

  fail(problem: SyntaxProblem): undefined {
    this.problem = problem
    return undefined
  }
}

const TAB = 0x09
const SPACE = 0x20
const QUOTE = 0x22
const OPEN = 0x28
const CLOSE = 0x29
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const QUESTION = 0x3f
const AT = 0x40
const BACKSLASH = 0x5c

const TRUE: BareItem = { kind: 'boolean', value: true }
const FALSE: BareItem = { kind: 'boolean', value: false }

/** Members between commas up to the end of the text; an empty text has none. */
function readMembers(scanner: Scanner, readOne: () => boolean): boolean {
  scanner.skipWhitespace()
  if (scanner.at === scanner.text.length) return true
  for (;;) {
    if (!readOne()) return false
    scanner.skipWhitespace()
    if (scanner.at === scanner.text.length) return true
    if (!scanner.take(COMMA)) return false
    scanner.skipWhitespace()
  }
}

function readDictionaryMember(scanner: Scanner, members: Map<string, Member>): boolean {
  const key = readKey(scanner)
  if (key === undefined) return false
  const member = scanner.take(EQUALS) ? readMember(scanner) : withParameters(scanner, TRUE)
  if (!member) return false
  if (members.has(key)) return scanner.fail('duplicate_key') ?? false
  members.set(key, member)
  return true
}

function readMember(scanner: Scanner): Member | undefined {
  return scanner.code() === OPEN ? readInnerList(scanner) : readItem(scanner)
}

function readInnerList(scanner: Scanner): InnerList | undefined {
  const start = scanner.at
  const items = readKnownItems(scanner) ?? readItems(scanner)
  const parameters = items && readParameters(scanner)
  if (!parameters) return undefined
  return { items, parameters, text: scanner.isCanonical ? scanner.text.slice(start, scanner.at) : undefined }
}

const MAX_KNOWN_LISTS = 256
const MAX_KNOWN_LENGTH = 256

/**
 * A cache of list items in canonical form, by the text from bracket to bracket: the requests of one client cover the
 * same components.
 */
const knownItems = new Map<string, readonly Item[]>()

/**
 * Cached items for the same text up to its first closing bracket. The result of parsing a list does not depend on the
 * text after it. Only whole lists are cached, so the first part of a list whose string holds a bracket is not.
 */
function readKnownItems(scanner: Scanner): readonly Item[] | undefined {
  const end = scanner.text.indexOf(')', scanner.at) + 1
  if (end === 0 || end - scanner.at > MAX_KNOWN_LENGTH) return undefined
  const items = knownItems.get(scanner.text.slice(scanner.at, end))
  if (!items) return undefined
  scanner.at = end
  scanner.isCanonical = true
  return items
}

function readItems(scanner: Scanner): readonly Item[] | undefined {
  const start = scanner.at++
  scanner.isCanonical = scanner.code() !== SPACE
  const items: Item[] = []
  for (;;) {
    scanner.skipSpaces()
    if (scanner.take(CLOSE)) break
    const item = readItem(scanner)
    if (!item) return undefined
    items.push(item)
    if (scanner.code() === CLOSE) continue
    if (!scanner.take(SPACE)) return undefined
    if (scanner.code() === SPACE || scanner.code() === CLOSE) scanner.isCanonical = false
  }
  if (scanner.isCanonical && scanner.at - start <= MAX_KNOWN_LENGTH) {
    if (knownItems.size >= MAX_KNOWN_LISTS) knownItems.clear()
    knownItems.set(scanner.text.slice(start, scanner.at), items)
  }
  return items
}

function readItem(scanner: Scanner): Item | undefined {
  const item = readBareItem(scanner)
  return item && withParameters(scanner, item)
}

function withParameters(scanner: Scanner, item: BareItem): Item | undefined {
  const parameters = readParameters(scanner)
  return parameters && { item, parameters }
}

function readParameters(scanner: Scanner): Parameters | undefined {
  if (scanner.code() !== SEMICOLON) return NO_PARAMETERS
  const parameters = new Map<string, BareItem>()
  while (scanner.take(SEMICOLON)) {
    if (scanner.code() === SPACE) {
      scanner.isCanonical = false
      scanner.skipSpaces()
    }
    const key = readKey(scanner)
    if (key === undefined) return undefined
    const value = scanner.take(EQUALS) ? readBareItem(scanner) : TRUE
    if (!value) return undefined
    if (parameters.has(key)) return scanner.fail('duplicate_key')
    parameters.set(key, value)
  }
  return parameters
}

function readKey(scanner: Scanner): string | undefined {
  const { text, at } = scanner
  if (!beginsKey(text.charCodeAt(at))) return undefined
  let end = at + 1
  while (continuesKey(text.charCodeAt(end))) end++
  scanner.at = end
  return text.slice(at, end)
}

function readBareItem(scanner: Scanner): BareItem | undefined {
  const code = scanner.code()
  if (code === QUOTE) return readString(scanner)
  if (code === MINUS || isDigit(code)) return readNumber(scanner)
  if (code === COLON) return readBytes(scanner)
  if (code === QUESTION) return readBoolean(scanner)
  if (code === AT) return readDate(scanner)
  return beginsToken(code) ? readToken(scanner) : undefined
}

function readString(scanner: Scanner): BareItem | undefined {
  const { text } = scanner
  let value = ''
  let start = scanner.at + 1
  let at = start
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(++at)) {
    if (!(code >= SPACE && code < 0x7f)) return undefined
    if (code !== BACKSLASH) continue
    const escaped = text.charCodeAt(at + 1)
    if (escaped !== QUOTE && escaped !== BACKSLASH) return undefined
    value += text.slice(start, at)
    start = ++at
  }
  scanner.at = at + 1
  return { kind: 'string', value: value + text.slice(start, at) }
}

function readNumber(scanner: Scanner): BareItem | undefined {
  const negative = scanner.take(MINUS)
  if (negative || scanner.code() === ZERO) scanner.isCanonical = false
  let digits = 0
  let value = 0
  for (; isDigit(scanner.code()); scanner.at++) {
    if (++digits > 15) return undefined
    value = value * 10 + (scanner.code() - ZERO)
  }
  if (digits === 0) return undefined
  if (scanner.code() !== DOT) return { kind: 'integer', value: negative ? -value : value }
  if (digits > 12) return undefined
  scanner.isCanonical = false
  scanner.at++
  const start = scanner.at
  while (isDigit(scanner.code())) scanner.at++
  const fraction = scanner.text.slice(start, scanner.at)
  if (fraction.length < 1 || fraction.length > 3) return undefined
  const magnitude = Number(`${value}.${fraction}`)
  return { kind: 'decimal', value: negative ? -magnitude : magnitude }
}

function readBytes(scanner: Scanner): BareItem | undefined {
  const start = scanner.at + 1
  const end = scanner.text.indexOf(':', start)
  if (end === -1) return undefined
  const value = backend.decodeBase64(scanner.text.slice(start, end))
  if (!value) return scanner.fail('base64_not_canonical')
  scanner.at = end + 1
  return { kind: 'bytes', value }
}

function readBoolean(scanner: Scanner): BareItem | undefined {
  const digit = scanner.text.charCodeAt(scanner.at + 1) - ZERO
  if (digit !== 0 && digit !== 1) return undefined
  if (digit === 1) scanner.isCanonical = false
  scanner.at += 2
  return digit === 1 ? TRUE : FALSE
}

function readDate(scanner: Scanner): BareItem | undefined {
  scanner.at++
  const number = readNumber(scanner)
  return number?.kind === 'integer' ? { kind: 'date', value: number.value } : undefined
}

function readToken(scanner: Scanner): BareItem {
  const { text, at } = scanner
  do scanner.at++
  while (continuesToken(scanner.code()))
  return { kind: 'token', value: text.slice(at, scanner.at) }
}

function push(members: Member[], member: Member | undefined): boolean {
  if (member) members.push(member)
  return member !== undefined
}

function isBlank(line: string): boolean {
  return line.trim() === ''
}
