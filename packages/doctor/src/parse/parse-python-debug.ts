import { concatBytes, encodeAscii } from '../bytes.ts'
import type { InputProblem, ParsedRequest } from './parsed-request.ts'
import { chooseExchange, type WireExchange } from './wire-exchange.ts'

/** Whether a text is what Python's http.client prints with `debuglevel` set; requests and urllib3 print the same. */
export function isPythonDebug(text: string): boolean {
  return /^send: b["'][A-Za-z]+ \S+ HTTP\//m.test(text)
}

/** The request in the lines `send: b'…'`, `reply: '…'` and `header: …` of Python's http.client. */
export function parsePythonDebug(text: string): ParsedRequest | InputProblem {
  const exchanges: WireExchange[] = []
  let current: { sent: Uint8Array; isBodyWhole: boolean; answer: string[] } | undefined
  for (const line of text.split(/\r?\n/)) {
    const sent = /^send: (.*)$/.exec(line)?.[1]
    if (sent !== undefined) {
      const bytes = readBytesLiteral(sent)
      // A new request begins after an answer, and whenever a request line is sent.
      const isNew = !current || current.answer.length > 0 || /^b["'][A-Z]+ \S+ HTTP\//.test(sent)
      if (isNew || !current) {
        current = { sent: new Uint8Array(0), isBodyWhole: true, answer: [] }
        exchanges.push(current)
      }
      if (bytes) current.sent = concatBytes(current.sent, bytes)
      else current.isBodyWhole = false
      continue
    }
    const reply = /^reply: ["'](.*?)(?:\\r\\n)?["']$/.exec(line)?.[1]
    const header = /^header: (.*)$/.exec(line)?.[1]
    if (reply !== undefined) current?.answer.push(reply)
    if (header !== undefined) current?.answer.push(header)
  }
  return chooseExchange(exchanges)
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t' }

/** The bytes of a literal as Python's repr() writes it, or `undefined` where it is cut off or something else. */
function readBytesLiteral(literal: string): Uint8Array | undefined {
  const [, , inner] = /^b(["'])((?:[^\\]|\\.)*)\1$/.exec(literal) ?? []
  if (inner === undefined) return undefined
  const text = inner.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex?: string, letter = '') =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return encodeAscii(text)
}
