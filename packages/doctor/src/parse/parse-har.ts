import { encodeUtf8 } from '@countersign/protocol'
import { isSigned, type RefusedRequest } from '../refused-request.ts'
import type { InputProblem, ParsedRequest } from './parsed-request.ts'
import { readAnswer, readDate } from './read-answer.ts'
import { splitUrl } from './split-url.ts'

/**
 * The request of a HAR entry, of its `request` alone, or of a whole HAR file. In a file: the first signed request with
 * a 401 answer, otherwise the first signed one, otherwise the first.
 */
export function parseHar(text: string): ParsedRequest | InputProblem {
  const document = parseJson(text)
  if (document === undefined) return { problem: 'This is no JSON, so it is no HAR entry.' }
  const parsed = entriesOf(document).flatMap((entry) => {
    const request = toRequest(member(entry, 'request') ?? entry)
    return request ? [{ request, response: member(entry, 'response') }] : []
  })
  const signed = parsed.filter(({ request }) => isSigned(request))
  const chosen = signed.find(({ response }) => member(response, 'status') === 401) ?? signed[0] ?? parsed[0]
  if (!chosen) return { problem: 'This JSON holds no HAR entry: a request with a method, a url and headers.' }
  const date = headersOf(chosen.response).find(([name]) => name.toLowerCase() === 'date')?.[1]
  const content = member(member(chosen.response, 'content'), 'text')
  const status = member(chosen.response, 'status')
  const answer =
    typeof content === 'string' ? readAnswer(content, typeof status === 'number' ? status : undefined) : undefined
  return { kind: 'har', request: chosen.request, serverTimeMs: readDate(date), answer }
}

function entriesOf(document: unknown): readonly unknown[] {
  const entries = member(member(document, 'log'), 'entries')
  if (Array.isArray(entries)) return entries
  return Array.isArray(document) ? document : [document]
}

function toRequest(value: unknown): RefusedRequest | undefined {
  const method = member(value, 'method')
  const url = member(value, 'url')
  const parts = typeof url === 'string' ? splitUrl(url) : undefined
  if (typeof method !== 'string' || !parts || !Array.isArray(member(value, 'headers'))) return undefined
  const text = member(member(value, 'postData'), 'text')
  const size = member(value, 'bodySize')
  const body = typeof text === 'string' ? encodeUtf8(text) : size === 0 ? new Uint8Array(0) : undefined
  const headers = headersOf(value).filter(([name]) => !name.startsWith(':'))
  return { method, ...parts, headers, body }
}

function headersOf(value: unknown): (readonly [string, string])[] {
  const headers = member(value, 'headers')
  if (!Array.isArray(headers)) return []
  return headers.flatMap((header) => {
    const [name, text] = [member(header, 'name'), member(header, 'value')]
    return typeof name === 'string' && typeof text === 'string' ? [[name, text] as const] : []
  })
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
