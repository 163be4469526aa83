import { parseCurl } from './parse-curl.ts'
import { isCurlTrace, parseCurlTrace } from './parse-curl-trace.ts'
import { parseHar } from './parse-har.ts'
import { isPythonDebug, parsePythonDebug } from './parse-python-debug.ts'
import { parseRawHttp } from './parse-raw-http.ts'
import type { InputProblem, ParsedRequest } from './parsed-request.ts'

/** Longest text that is read, in characters. */
export const MAX_INPUT_LENGTH = 1_000_000

/**
 * The request in a curl command, a raw HTTP request, a trace of curl, the debug lines of Python's http.client or a HAR
 * entry. The form of the text decides which. Never throws.
 */
export function parseInput(text: string): ParsedRequest | InputProblem {
  if (text.length > MAX_INPUT_LENGTH) return { problem: 'The text is longer than a million characters.' }
  const bare = text.replace(/^\ufeff/, '')
  if (bare.trim() === '')
    return { problem: 'There is no request: paste a curl command, a raw HTTP request or a HAR entry.' }
  if (/^\s*[{[]/.test(bare)) return parseHar(bare)
  if (/^\s*(?:[$#%>]\s*)?(?:\S*\/)?curl(?:\.exe)?\s/.test(bare)) return parseCurl(bare)
  if (isCurlTrace(bare)) return parseCurlTrace(bare)
  if (isPythonDebug(bare)) return parsePythonDebug(bare)
  return parseRawHttp(bare)
}
