import { type MessageSignature, pathOf, type RequestMessage, signatureBase } from '@countersign/protocol'
import type { CauseCode } from '../causes.ts'
import { type AccessText, PREFIXES, sortedQuery, type TextForm, withoutPrefix } from './access-texts.ts'
import { type Choice, combine } from './combine.ts'
import type { SearchDepth } from './depth.ts'

/** The facts of a request with an RFC 9421 signature. */
export interface MessageFacts {
  readonly signature: MessageSignature
  /** The request as the server sees it. */
  readonly message: RequestMessage
  readonly basePath: string
  /** Other hosts that it may have been signed for. */
  readonly authorities: readonly string[]
}

/**
 * The signature bases that could have been signed for a request, the right one first, as for access headers; none if a
 * covered component has no value in this request.
 */
export function messageBases(facts: MessageFacts, depth: SearchDepth): readonly AccessText[] {
  const { signature, message } = facts
  const right = signatureBase(signature, message)
  if (typeof right !== 'string') return []
  const lines = right.split('\n')
  const lineChoices = lines.map((line) => choicesOf(line, facts))
  const combinations = combine<[...string[], Join, TextForm]>(
    [...lineChoices, joins(signature, lines.length), FORMS] as never,
    depth.maxWeight,
  )
  const texts = new Map<string, AccessText>()
  for (const { values, causes } of combinations) {
    const form = values.at(-1) as TextForm
    const join = values.at(-2) as Join
    const text = join.join(values.slice(0, -2) as string[])
    const known = `${form} ${text}`
    if (texts.has(known)) continue
    texts.set(known, { text, form, causes, isTimed: join.isTimed })
    if (texts.size >= depth.maxTexts) break
  }
  return [...texts.values()]
}

interface Join {
  readonly join: (lines: readonly string[]) => string
  readonly isTimed: boolean
}

function choicesOf(line: string, facts: MessageFacts): Choice<string>[] {
  const choices: Choice<string>[] = [{ value: line, weight: 0 }]
  const [, name = '', value = ''] = /^"([^"]+)"[^:]*: (.*)$/.exec(line) ?? []
  const add = (other: string, weight: number, cause: CauseCode) => {
    if (other !== value) choices.push({ value: line.slice(0, line.length - value.length) + other, weight, cause })
  }
  ADD[name]?.(value, add, facts)
  return choices
}

type Add = (other: string, weight: number, cause: CauseCode) => void

/** Values that are signed instead of the right one, by the name of the component. */
const ADD: Readonly<Record<string, (value: string, add: Add, facts: MessageFacts) => void>> = {
  '@method': (value, add) => {
    add(value.toLowerCase(), 6, 'method_lower_case')
    for (const other of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) add(other, 20, 'other_method_signed')
  },
  '@authority': (value, add, { authorities, message }) => {
    for (const other of authorities) add(other, 2, 'authority_differs')
    const [host = ''] = value.split(':')
    for (const port of ['443', '80', '4100', '8080', '3000']) add(`${host}:${port}`, 8, 'authority_differs')
    add(host, 4, 'authority_differs')
    for (const local of ['localhost', '127.0.0.1']) {
      for (const port of ['', ':4100', ':8080', ':3000', ':8000']) add(local + port, 7, 'authority_differs')
    }
    add(`${message.scheme}://${value}`, 9, 'authority_differs')
    add(value.toUpperCase(), 20, 'authority_differs')
    add('', 22, 'authority_differs')
  },
  '@scheme': (_, add) => {
    for (const other of ['https', 'http']) add(other, 5, 'scheme_differs')
  },
  '@path': (value, add, { message, basePath }) => {
    add(message.target, 1, 'path_with_query')
    const behindPrefix = withoutPrefix(value, basePath)
    if (behindPrefix !== undefined) add(behindPrefix, 2, 'public_prefix_missing')
    if (basePath !== '' && value.startsWith(`${basePath}/`)) add(value.slice(basePath.length), 5, 'base_path_missing')
    if (basePath !== '') add(basePath + value, 12, 'base_path_doubled')
    add(value.endsWith('/') ? value.slice(0, -1) : `${value}/`, 9, 'trailing_slash')
    add(decoded(value), 10, 'path_encoding')
    add(value.replaceAll('%', '%25'), 11, 'path_encoding')
    for (const prefix of PREFIXES) add(prefix + value, 14, 'path_prefix')
  },
  '@query': (value, add) => {
    add(value.slice(1), 3, 'query_without_mark')
    add(decoded(value), 11, 'path_encoding')
    add(sortedQuery(value), 12, 'query_reordered')
    add(sortedQuery(value).slice(1), 16, 'query_reordered')
  },
  '@target-uri': (value, add, { message, authorities, basePath }) => {
    const behindPrefix = withoutPrefix(message.target, basePath)
    if (behindPrefix !== undefined) {
      add(`${message.scheme}://${message.authority}${behindPrefix}`, 2, 'public_prefix_missing')
    }
    add(value.replace(/^https:/, 'http:'), 4, 'scheme_differs')
    add(value.replace(/^http:/, 'https:'), 4, 'scheme_differs')
    add(message.target, 8, 'authority_differs')
    const hosts = [message.authority, ...authorities]
    for (const other of authorities) add(`${message.scheme}://${other}${message.target}`, 6, 'authority_differs')
    const query = message.target.slice(pathOf(message.target).length)
    for (const host of hosts) {
      for (const scheme of ['https', 'http']) {
        add(`${scheme}://${host}${pathOf(message.target)}`, 10, 'target_uri_incomplete')
        add(`${scheme}://${host}${query}`, 11, 'target_uri_incomplete')
        add(`${scheme}://${host}${query.slice(1)}`, 12, 'target_uri_incomplete')
        add(`${scheme}://${host}`, 13, 'target_uri_incomplete')
      }
    }
  },
}

function joins({ label, parametersText }: MessageSignature, lineCount: number): Choice<Join>[] {
  const whole = (lines: readonly string[]) => lines.join('\n')
  const choices: Choice<Join>[] = [{ value: { join: whole, isTimed: true }, weight: 0 }]
  const add = (weight: number, join: Join['join'], isTimed = true) =>
    choices.push({ value: { join, isTimed }, weight, cause: 'base_malformed' })
  for (let left = 0; left < lineCount - 1; left++) {
    const join = (lines: readonly string[]) => lines.filter((_, i) => i !== left).join('\n')
    choices.push({ value: { join, isTimed: true }, weight: 6, cause: 'components_differ' })
  }
  for (let place = 0; place < lineCount - 2; place++) {
    const join = (lines: readonly string[]) => swapped(lines, place).join('\n')
    choices.push({ value: { join, isTimed: true }, weight: 7, cause: 'components_differ' })
  }
  add(3, (lines) => `${whole(lines)}\n`)
  add(7, (lines) => lines.join('\r\n'))
  add(8, (lines) => lines.map((line) => line.replace(/^"([^"]+)"/, '$1')).join('\n'))
  add(9, (lines) => [...lines.slice(0, -1), `"@signature-params": ${label}=${parametersText}`].join('\n'))
  add(10, (lines) => lines.map((line) => line.replace(': ', ':')).join('\n'))
  add(11, (lines) => [...lines.slice(0, -1), parametersText].join('\n'))
  add(12, (lines) => [...lines.slice(0, -1), `@signature-params: ${parametersText}`].join('\n'))
  add(13, (lines) => lines.slice(0, -1).join('\n'), false)
  add(14, (lines) => lines.join(''))
  return choices
}

/** The lines with two neighbours exchanged, from `place` on. */
function swapped(lines: readonly string[], place: number): string[] {
  const [first = '', second = ''] = lines.slice(place, place + 2)
  return lines.toSpliced(place, 2, second, first)
}

const FORMS: readonly Choice<TextForm>[] = [
  { value: 'utf-8', weight: 0 },
  { value: 'sha-256', weight: 14, cause: 'hashed_twice' },
  { value: 'sha-512', weight: 5, cause: 'hashed_twice' },
  { value: 'sha-512 hex', weight: 9, cause: 'hex_digest_signed' },
  { value: 'sha-256 hex', weight: 15, cause: 'hex_digest_signed' },
]

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
