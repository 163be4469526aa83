import { REFUSALS, refusalBody } from '@countersign/protocol'
import type { Denied } from './decision.ts'
import { refusalHeaders } from './refusal-headers.ts'

/** A refusal as it goes on the wire. */
export interface RefusalReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON, in ASCII and on one line, so that it fits into a header too. */
  readonly body: string
}

/** Renders a refusal as the table says (docs/wire.md section 3). Every adapter and both planes answer with it. */
export function refusalReply(refusal: Denied): RefusalReply {
  const { details, diagnosis, retryAfterSeconds, limit, acceptSignature } = refusal
  if (details !== undefined || diagnosis || retryAfterSeconds !== undefined || limit) return render(refusal)
  const name = acceptSignature === undefined ? refusal.denied : `${refusal.denied} ${acceptSignature}`
  const known = plainReplies.get(name)
  if (known) return known
  const made = render(refusal)
  // All callers get the same object.
  Object.freeze(made.headers)
  plainReplies.set(name, made)
  return made
}

/**
 * Cached refusals with nothing but their name and the needed coverage: most refusals of a flood. There are few of them:
 * with or without query and body, for the tag of each gate.
 */
const plainReplies = new Map<string, RefusalReply>()

function render(refusal: Denied): RefusalReply {
  return {
    status: REFUSALS[refusal.denied].status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      // The answer is for this request only: a cache that does not know these headers would give it to others.
      'cache-control': 'no-store',
      ...refusalHeaders(refusal),
    },
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
