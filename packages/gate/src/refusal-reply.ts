import { REFUSALS, type RefusalName, refusalBody } from '@countersign/protocol'
import type { Denied } from './decision.ts'
import { refusalHeaders } from './refusal-headers.ts'

/** A refusal as it goes on the wire. */
export interface RefusalReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON, in ASCII and on one line, so that it may stand in a header too. */
  readonly body: string
}

/** Renders a refusal as the table says (contract.md section 3): every adapter and both planes answer with this. */
export function refusalReply(refusal: Denied): RefusalReply {
  const { details, diagnosis, retryAfterSeconds, limit } = refusal
  if (details !== undefined || diagnosis || retryAfterSeconds !== undefined || limit) return render(refusal)
  const known = plainReplies.get(refusal.denied)
  if (known) return known
  const made = render(refusal)
  // Every caller gets this one.
  Object.freeze(made.headers)
  plainReplies.set(refusal.denied, made)
  return made
}

/** Refusals that say nothing but their name: most of a flood's. */
const plainReplies = new Map<RefusalName, RefusalReply>()

function render(refusal: Denied): RefusalReply {
  return {
    status: REFUSALS[refusal.denied].status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...refusalHeaders(refusal) },
    body: asciiJson({ ...refusalBody(refusal.denied, refusal.details), ...diagnosisOf(refusal) }),
  }
}

function diagnosisOf({ diagnosis }: Denied): object | undefined {
  return diagnosis && { diagnosis: { cause: diagnosis.cause, hint: diagnosis.hint } }
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
