import { encodeBase64, encodeUtf8, pathOf } from '@countersign/protocol'
import { backend } from '#backend'
import { toHex, toText } from '../bytes.ts'
import type { CauseCode } from '../causes.ts'
import { type Choice, combine } from './combine.ts'
import type { SearchDepth } from './depth.ts'

/** A text that could have been signed for a request, and its mistakes; none for the right text. */
export interface AccessText {
  readonly text: string
  /** How it became bytes and, if so, a digest before it was signed. */
  readonly form: TextForm
  readonly causes: readonly CauseCode[]
  /** Whether it holds the time of the timestamp header, so that it was made for this time only. */
  readonly isTimed: boolean
}

/** What happened to the text before the signing call. */
export type TextForm = 'utf-8' | 'utf-16' | 'sha-256' | 'sha-256 hex' | 'sha-256 base64' | 'sha-512' | 'sha-512 hex'

/** The facts of a request in access headers. */
export interface AccessFacts {
  readonly timestamp: string
  readonly method: string
  readonly target: string
  readonly keyId: string
  readonly basePath: string
  readonly body: Uint8Array | undefined
  /** Hosts that the request may have been sent to. */
  readonly authorities: readonly string[]
  readonly schemes: readonly string[]
}

/**
 * The texts that could have been signed: the right one first, then by how often their mistakes are seen, single
 * mistakes and pairs. The depth bounds them.
 */
export async function accessTexts(facts: AccessFacts, depth: SearchDepth): Promise<readonly AccessText[]> {
  const combinations = combine<[Time, string, string, string, string, Layout, (text: string) => string, TextForm]>(
    [
      timestampChoices(facts),
      methodChoices(facts),
      pathChoices(facts),
      queryChoices(facts),
      await bodyChoices(facts),
      layoutChoices(facts),
      ENDINGS,
      FORMS,
    ],
    depth.maxWeight,
  )
  const texts = new Map<string, AccessText>()
  for (const { values, causes } of combinations) {
    const [timestamp, method, path, query, body, layout, ending, form] = values
    const text = ending(layout.join(timestamp.text, method, path + query, body))
    const known = `${form} ${text}`
    if (texts.has(known)) continue
    const isTimed = timestamp.isOwn && layout.isTimed
    texts.set(known, { text, form, causes, isTimed })
    if (texts.size >= depth.maxTexts) break
  }
  if (depth.triesNeighbours) for (const near of neighbours(facts)) texts.set(`utf-8 ${near.text}`, near)
  return [...texts.values()]
}

/** The bytes that the signing call got. */
export async function messageOf({ text, form }: Pick<AccessText, 'text' | 'form'>): Promise<Uint8Array> {
  if (form === 'utf-16') return utf16(text)
  const bytes = encodeUtf8(text)
  if (form === 'utf-8') return bytes
  const digest = await backend.digest(form.startsWith('sha-256') ? 'SHA-256' : 'SHA-512', bytes)
  if (form.endsWith('hex')) return encodeUtf8(toHex(digest))
  return form.endsWith('base64') ? encodeUtf8(encodeBase64(digest)) : digest
}

interface Time {
  readonly text: string
  /** Whether it is the header's own time. */
  readonly isOwn: boolean
}

function timestampChoices({ timestamp }: AccessFacts): Choice<Time>[] {
  const own = (text: string) => ({ text, isOwn: true })
  const choices: Choice<Time>[] = [{ value: own(timestamp), weight: 0 }]
  if (/^\d{13}$/.test(timestamp)) {
    choices.push({ value: own(timestamp.slice(0, 10)), weight: 3, cause: 'seconds_signed' })
    choices.push({ value: own(`${timestamp.slice(0, 10)}000`), weight: 7, cause: 'other_timestamp_signed' })
    choices.push({
      value: own(`${timestamp.slice(0, 10)}.${timestamp.slice(10)}`),
      weight: 22,
      cause: 'seconds_signed',
    })
  } else if (/^\d{10}$/.test(timestamp)) {
    choices.push({ value: own(`${timestamp}000`), weight: 7, cause: 'other_timestamp_signed' })
  }
  return choices
}

function methodChoices({ method }: AccessFacts): Choice<string>[] {
  const others = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter((it) => it !== method)
  return [
    { value: method, weight: 0 },
    { value: method.toLowerCase(), weight: 6, cause: 'method_lower_case' },
    { value: method.charAt(0) + method.slice(1).toLowerCase(), weight: 26, cause: 'method_lower_case' },
    ...others.map((value) => ({ value, weight: 20, cause: 'other_method_signed' as const })),
  ]
}

function pathChoices({ target, basePath, authorities, schemes }: AccessFacts): Choice<string>[] {
  const path = pathOf(target)
  const choices: Choice<string>[] = [{ value: path, weight: 0 }]
  const add = (value: string, weight: number, cause: CauseCode) => choices.push({ value, weight, cause })
  const behindPrefix = withoutPrefix(path, basePath)
  if (behindPrefix !== undefined) add(behindPrefix, 2, 'public_prefix_missing')
  for (const [i, shorter] of withoutBase(path, basePath).entries()) add(shorter, i === 0 ? 2 : 9, 'base_path_missing')
  if (basePath !== '') add(basePath + path, 5, 'base_path_doubled')
  if (path.length > 1) add(path.endsWith('/') ? path.slice(0, -1) : `${path}/`, 8, 'trailing_slash')
  add(path.slice(1), 14, 'leading_slash_missing')
  for (const other of encodings(path)) add(other, 10, 'path_encoding')
  for (const [i, prefix] of PREFIXES.entries()) add(prefix + path, 19 + i, 'path_prefix')
  add(path.toLowerCase(), 24, 'path_case')
  for (const authority of authorities) {
    add(authority + path, 13, 'host_signed')
    for (const scheme of schemes) add(`${scheme}://${authority}${path}`, 11, 'host_signed')
  }
  return choices
}

/** Paths that gateways are mounted at and remove before the server sees the path. */
export const PREFIXES: readonly string[] = ['/api', '/gw', '/gateway', '/proxy', '/v1']

function queryChoices({ target }: AccessFacts): Choice<string>[] {
  const query = target.slice(pathOf(target).length)
  const choices: Choice<string>[] = [{ value: '', weight: 0 }]
  if (query === '') return choices
  choices.push({ value: query, weight: 1, cause: 'query_signed' })
  for (const other of encodings(query)) choices.push({ value: other, weight: 12, cause: 'query_signed' })
  choices.push({ value: query.slice(1), weight: 16, cause: 'query_signed' })
  const sorted = sortedQuery(query)
  if (sorted !== query) {
    choices.push({ value: sorted, weight: 13, cause: 'query_signed' })
    choices.push({ value: sorted.slice(1), weight: 25, cause: 'query_signed' })
  }
  return choices
}

/** The same text with percent signs as other toolkits write them. */
function encodings(text: string): string[] {
  const readable = decoded(text)
  const encodedAgain = text.replaceAll('%', '%25')
  const others = [
    readable,
    encodeURI(readable),
    encodedAgain,
    encodeURIComponent(text),
    text.replaceAll(/%../g, swapCase),
  ]
  return others.filter((other) => other !== text)
}

/** The path from its base path on, if a prefix of an outer proxy stands before it. */
export function withoutPrefix(path: string, basePath: string): string | undefined {
  const start = basePath === '' ? 0 : path.indexOf(`${basePath}/`)
  return start > 0 ? path.slice(start) : undefined
}

/** The path without its base path, then without parts of that. */
function withoutBase(path: string, basePath: string): string[] {
  const shorter: string[] = []
  if (basePath !== '' && path.startsWith(`${basePath}/`)) shorter.push(path.slice(basePath.length))
  const segments = path.split('/')
  for (let count = 1; count <= 3 && count + 1 < segments.length; count++) {
    const rest = `/${segments.slice(count + 1).join('/')}`
    if (!shorter.includes(rest)) shorter.push(rest)
  }
  return shorter
}

async function bodyChoices({ body, method }: AccessFacts): Promise<Choice<string>[]> {
  const choices: Choice<string>[] = [{ value: '', weight: 0 }]
  const add = (value: string | undefined, weight: number) => {
    if (value) choices.push({ value, weight, cause: 'body_appended' })
  }
  if (body && body.length > 0) {
    const text = toText(body)
    const digest = await backend.digest('SHA-256', body)
    add(text, 4)
    for (const other of text === undefined ? [] : reserialised(text)) if (other !== text) add(other, 15)
    add(toHex(digest), 17)
    add(encodeBase64(digest), 18)
  }
  // Another body than the sent one may have been signed: that of a call without a body.
  const weight = method === 'GET' ? 25 : 15
  for (const nothing of ['{}', 'null', '""', 'undefined', 'None']) add(nothing, weight)
  return choices
}

/** A JSON body as toolkits write it: compact, and with spaces as Python does. */
function reserialised(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    return [JSON.stringify(value), spaced(value)]
  } catch {
    return []
  }
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`)
    .join(', ')}}`
}

interface Layout {
  readonly join: (timestamp: string, method: string, path: string, body: string) => string
  readonly isTimed: boolean
}

const ORDERS: readonly string[] = ['tmpb', 'mtpb', 'mptb', 'tpmb', 'ptmb', 'pmtb', 'mpbt', 'bmpt']
const MISSING: readonly string[] = ['pb', 'mpb', 'tpb', 'tm', 'tb']
const SEPARATORS = ['\n', ' ', '|', ':', '.', ',', '-', '_', '&', '/', ';', '\r\n', '+']

function layoutChoices({ keyId }: AccessFacts): Choice<Layout>[] {
  const choices: Choice<Layout>[] = ORDERS.map((order, i) => ({
    value: layout(order, ''),
    weight: i === 0 ? 0 : 8 + i,
    cause: i > 0 ? ('parts_reordered' as const) : undefined,
  }))
  for (const [i, order] of MISSING.entries()) {
    choices.push({ value: layout(order, ''), weight: 10 + i, cause: 'parts_missing' })
  }
  for (const [i, separator] of SEPARATORS.entries()) {
    choices.push({ value: layout('tmpb', separator), weight: 9 + i, cause: 'separators_added' })
    choices.push({ value: layout('mptb', separator), weight: 23 + i, cause: 'separators_added' })
    choices.push({ value: layout('mtpb', separator), weight: 23 + i, cause: 'separators_added' })
  }
  for (const [i, place] of ['ktmpb', 'tkmpb', 'tmpbk'].entries()) {
    choices.push({ value: layout(place, '', keyId), weight: 12 + i, cause: 'key_id_signed' })
  }
  return choices
}

function layout(order: string, separator: string, keyId = ''): Layout {
  return {
    isTimed: order.includes('t'),
    join(t, m, p, b) {
      const parts: Readonly<Record<string, string>> = { t, m, p, b, k: keyId }
      return [...order]
        .map((letter) => parts[letter] ?? '')
        .filter((part) => part !== '')
        .join(separator)
    },
  }
}

const ENDINGS: readonly Choice<(text: string) => string>[] = [
  { value: (text) => text, weight: 0 },
  { value: (text) => `${text}\n`, weight: 6, cause: 'newline_appended' },
  { value: (text) => `${text}\r\n`, weight: 19, cause: 'newline_appended' },
  { value: (text) => `${text} `, weight: 27, cause: 'newline_appended' },
  { value: (text) => `"${text}"`, weight: 21, cause: 'text_quoted' },
  { value: (text) => `'${text}'`, weight: 28, cause: 'text_quoted' },
]

const FORMS: readonly Choice<TextForm>[] = [
  { value: 'utf-8', weight: 0 },
  { value: 'sha-256', weight: 5, cause: 'hashed_twice' },
  { value: 'sha-256 hex', weight: 6, cause: 'hex_digest_signed' },
  { value: 'utf-16', weight: 18, cause: 'utf16_signed' },
  { value: 'sha-256 base64', weight: 20, cause: 'hashed_twice' },
  { value: 'sha-512', weight: 22, cause: 'hashed_twice' },
  { value: 'sha-512 hex', weight: 24, cause: 'hex_digest_signed' },
]

/** The timestamps around the sent one, up to a second on either side: the clock was read twice. */
function neighbours({ timestamp, method, target }: AccessFacts): AccessText[] {
  const path = pathOf(target)
  return timesNear(timestamp).map((at) => ({
    text: `${at}${method}${path}`,
    form: 'utf-8',
    causes: ['other_timestamp_signed'],
    isTimed: false,
  }))
}

function timesNear(timestamp: string): number[] {
  if (/^\d{10}$/.test(timestamp)) return Array.from({ length: 1000 }, (_, i) => Number(timestamp) * 1000 + i)
  if (!/^\d{13}$/.test(timestamp)) return []
  return Array.from({ length: 1000 }, (_, i) => [Number(timestamp) - i - 1, Number(timestamp) + i + 1]).flat()
}

/** A query with its parameters sorted, as clients of other APIs sign it. */
export function sortedQuery(query: string): string {
  return `?${query.slice(1).split('&').sort().join('&')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function swapCase(triplet: string): string {
  return triplet === triplet.toUpperCase() ? triplet.toLowerCase() : triplet.toUpperCase()
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2)
  for (let i = 0; i < text.length; i++) {
    bytes[2 * i] = text.charCodeAt(i) & 0xff
    bytes[2 * i + 1] = text.charCodeAt(i) >> 8
  }
  return bytes
}
