import { encodeUtf8 } from '@countersign/protocol'
import type { RefusedRequest } from '../refused-request.ts'
import type { InputProblem, ParsedRequest } from './parsed-request.ts'
import { readAnswer, readDate } from './read-answer.ts'
import { splitUrl } from './split-url.ts'

type Header = readonly [name: string, value: string]

/**
 * The request in the text of an HTTP message: as on the wire (HTTP/1.1, the version may be absent), as `curl -v` prints
 * it (`> ` before each line), or with the pseudo-headers of HTTP/2. The text after the first empty line is the body.
 */
export function parseRawHttp(text: string): ParsedRequest | InputProblem {
  const lines = sentLines(text.replaceAll('\r\n', '\n').split('\n'))
  const first = lines.findIndex(({ text: line }) => line.trim() !== '')
  const start = lines[first]
  if (!start) return { problem: 'There is no request line.' }
  const requestLine = /^([A-Za-z-]+) +(\S+)( +HTTP\/[\d.]+)?\s*$/.exec(start.text)
  const headers: Header[] = []
  let end = requestLine ? first + 1 : first
  for (; end < lines.length; end++) {
    const line = lines[end]
    if (!line || line.text.trim() === '') break
    const [, name, value] = /^(:?[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]?(.*)$/.exec(line.text) ?? []
    if (name === undefined || value === undefined) {
      return { problem: `Line ${line.number} is not part of an HTTP request.`, line: line.number }
    }
    headers.push([name, value.trimEnd()])
  }
  const read = requestLine ? [requestLine[1], requestLine[2]] : [pseudo(headers, 'method'), pseudo(headers, 'path')]
  const [method, target] = read
  // Any two words look like a request line without its version. Only headers distinguish it from a sentence.
  const isSentence =
    requestLine !== null && requestLine[3] === undefined && (headers.length === 0 || !/^[A-Z]+$/.test(method ?? ''))
  if (method === undefined || target === undefined || isSentence) {
    return {
      problem: `Line ${start.number} is not the beginning of a curl command, an HTTP request or a HAR entry.`,
      line: start.number,
    }
  }
  const body = lines
    .slice(end + 1)
    .map((line) => line.text)
    .join('\n')
  // `curl -v` also prints the answer, with the server's time.
  const serverTimeMs = readDate(/^< date:[ \t]*(.+?)\r?$/im.exec(text)?.[1])
  const request = toRequest(method, target, headers, body)
  const answered = /^< HTTP\/[\s\S]*/m.exec(text)?.[0]
  const answer = answered === undefined ? undefined : readAnswer(answered)
  return { kind: 'http', request, serverTimeMs, answer }
}

function toRequest(method: string, target: string, headers: readonly Header[], body: string): RefusedRequest {
  const url = target.startsWith('/') ? undefined : splitUrl(target)
  const authority = url?.authority ?? pseudo(headers, 'authority')
  const scheme = url?.scheme ?? pseudo(headers, 'scheme')
  const sent = headers.filter(([name]) => !name.startsWith(':'))
  const hasBody = body.trim() !== '' && !/^(?:GET|HEAD)$/i.test(method)
  const saysNone = sent.some(([name, value]) => /^content-length$/i.test(name) && value === '0')
  return {
    method,
    target: url?.target ?? target,
    headers: sent,
    authority,
    scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined,
    body: hasBody ? encodeUtf8(cutToLength(body, sent)) : saysNone ? new Uint8Array(0) : undefined,
  }
}

/** An editor adds a line break at the end of a file; no client sent it. */
function cutToLength(body: string, headers: readonly Header[]): string {
  const length = headers.find(([name]) => /^content-length$/i.test(name))?.[1]
  const bytes = encodeUtf8(body).length
  return (length === undefined || bytes === Number(length) + 1) && body.endsWith('\n') ? body.slice(0, -1) : body
}

function pseudo(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([given]) => given === `:${name}`)?.[1]
}

interface Line {
  readonly text: string
  readonly number: number
}

/** The sent lines of the output of `curl -v`; otherwise all lines. */
function sentLines(lines: readonly string[]): Line[] {
  const numbered = lines.map((text, i) => ({ text, number: i + 1 }))
  const sent = numbered.filter(({ text }) => /^>(?: |$)/.test(text))
  return sent.length === 0 ? numbered : sent.map(({ text, number }) => ({ text: text.slice(2), number }))
}
