import type { ServerAnswer } from '../diagnosis.ts'

/** A JSON object without others in it. */
const FLAT = String.raw`\{(?:[^{}"]|"(?:[^"\\\n]|\\.)*")*\}`
const NESTED = new RegExp(String.raw`"error"\s*:\s*(${FLAT})`)
/** An object at the beginning of a line: an answer that has no `error` around it. */
const ALONE = new RegExp(String.raw`^[ \t]*(${FLAT})`, 'gm')

/**
 * The refusal in an answer (docs/wire.md section 3), or `undefined` if there is none. The text is a body, or the head
 * and body of an answer in a trace.
 *
 * @param status of the answer; if absent, the last one in the text
 */
export function readAnswer(text: string, status = statusIn(text)): ServerAnswer | undefined {
  if (status !== undefined && status < 400) return undefined
  const nested = NESTED.exec(text)?.[1]
  const bodies = nested === undefined ? [...text.matchAll(ALONE)].map(([, body = '']) => body) : [nested]
  for (const body of bodies) {
    const { code, details, error } = parse(body)
    if (error === 'too many requests') return { code: 'too_many_requests' }
    if (typeof code === 'string' && code !== '')
      return { code, details: typeof details === 'string' ? details : undefined }
  }
  return undefined
}

/** Unix milliseconds of a Date header. */
export function readDate(date: string | undefined): number | undefined {
  const time = Date.parse(date ?? '')
  return Number.isFinite(time) ? time : undefined
}

function statusIn(text: string): number | undefined {
  const last = [...text.matchAll(/^(?:< )?HTTP\/[\d.]+ (\d{3})\b/gm)].at(-1)?.[1]
  return last === undefined ? undefined : Number(last)
}

function parse(json: string): { readonly code?: unknown; readonly details?: unknown; readonly error?: unknown } {
  try {
    return JSON.parse(json)
  } catch {
    return {}
  }
}
