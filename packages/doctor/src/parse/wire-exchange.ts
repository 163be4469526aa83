import { toText } from '../bytes.ts'
import { isSigned, type RefusedRequest } from '../refused-request.ts'
import type { InputProblem, ParsedRequest } from './parsed-request.ts'
import { readAnswer, readDate } from './read-answer.ts'
import { splitUrl } from './split-url.ts'

/** One request on a connection, byte for byte, and its answer as far as known. */
export interface WireExchange {
  /** Head and body, as they were sent. */
  readonly sent: Uint8Array
  /** Whether all of the body is in `sent`. */
  readonly isBodyWhole: boolean
  /** The lines of the answer, of its head and its body. */
  readonly answer: readonly string[]
}

/**
 * The exchange to examine: the first signed one with a 401 answer, otherwise the first signed one, otherwise the first.
 */
export function chooseExchange(exchanges: readonly WireExchange[]): ParsedRequest | InputProblem {
  const read = exchanges.flatMap((exchange) => {
    const request = readRequest(exchange)
    return request ? [{ request, answer: exchange.answer }] : []
  })
  const signed = read.filter(({ request }) => isSigned(request))
  const refused = signed.find(({ answer }) => answer.some((line) => /^HTTP\/\S+ 401\b/.test(line)))
  const chosen = refused ?? signed[0] ?? read[0]
  if (!chosen) return { problem: 'There is no request in this trace.' }
  const date = chosen.answer.map((line) => /^date:[ \t]*(.+)$/i.exec(line)?.[1]).find(Boolean)
  const answer = readAnswer(chosen.answer.join('\n'))
  return { kind: 'http', request: chosen.request, serverTimeMs: readDate(date), answer }
}

function readRequest({ sent, isBodyWhole }: WireExchange): RefusedRequest | undefined {
  const end = endOfHead(sent)
  const head = new TextDecoder('latin1').decode(sent.subarray(0, end))
  const [line = '', ...lines] = head.split('\r\n')
  const [, method, target] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/[\d.]+$/.exec(line) ?? []
  if (method === undefined || target === undefined) return undefined
  const headers = lines.flatMap((text): [string, string][] => {
    const [, name, value = ''] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(text) ?? []
    return name === undefined ? [] : [[name, value]]
  })
  // A request to a proxy has the whole URL.
  const url = target.startsWith('/') ? undefined : splitUrl(target)
  // The body was sent in chunks, with their sizes between its bytes.
  const isChunked = headers.some(([name, value]) => /^transfer-encoding$/i.test(name) && /\bchunked\b/i.test(value))
  return { method, target, headers, ...url, body: isBodyWhole && !isChunked ? sent.slice(end + 4) : undefined }
}

/** The position of the empty line after the head, or the end if there is none. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at
  }
  return bytes.length
}

/** Bytes as lines, of an answer. */
export function headLines(bytes: Uint8Array): string[] {
  return (toText(bytes) ?? '').split('\r\n').filter((line) => line !== '')
}
