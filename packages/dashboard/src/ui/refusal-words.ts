import { ApiError } from '@countersign/client'
import { REFUSAL_TEXTS, type RefusalName, refusalText } from '@countersign/protocol'

/** A refusal for a person: what happened and what to do next. */
export interface RefusalWords {
  readonly title: string
  readonly fix?: string | undefined
}

/** A refusal in words. A refusal without a text of its own shows the server's message. */
export function refusalWords(error: unknown): RefusalWords {
  if (!(error instanceof ApiError)) {
    return { title: 'The server was not reached', fix: 'Check the connection; this page goes on by itself.' }
  }
  const { code, details, message, diagnosis } = error
  const text = refusalText(code, details)
  if (!text) return { title: message, fix: diagnosis?.hint ?? details }
  const named = code === 'invalid_parameter' ? details : undefined
  return { title: text.title, fix: diagnosis?.hint ?? named ?? text.fix }
}

/** The same for the stable name of a refusal, as lists of refusals have it. */
export function wordsOfCode(name: string): RefusalWords {
  return REFUSAL_TEXTS[name as RefusalName] ?? { title: name }
}
