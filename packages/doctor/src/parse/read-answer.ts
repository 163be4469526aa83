import type { ServerAnswer } from '../diagnosis.ts'

/** The refusal in the body of an answer (`error.code`, `error.details`), or `undefined` where there is none. */
export function readAnswer(text: string): ServerAnswer | undefined {
  const error =
    /"error"\s*:\s*(\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\})/.exec(text)?.[1] ?? /^\s*(\{"code"[\s\S]*\})\s*$/.exec(text)?.[1]
  const read = error === undefined ? undefined : parse(error)
  if (typeof read?.code !== 'string' || read.code === '') return undefined
  return { code: read.code, ...(typeof read.details === 'string' && { details: read.details }) }
}

function parse(json: string): { readonly code?: unknown; readonly details?: unknown } | undefined {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
